import { ConfigError } from '../config/config.ts';
import { StartError } from '../start-error.ts';
import { UsageError } from './usage-error.ts';
import { messageOf } from '../../base/errors.ts';

/** One verb of the command line. Loaded when it is asked for: `token` need not pay for the server. */
interface Verb {
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
}

export interface VerbModule {
  /** The text of `--help`. */
  readonly help: string;
  /** Runs with the arguments behind the verb and answers the exit code. */
  run(args: readonly string[]): Promise<number>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  start: {
    summary: 'serve, with an embedded Postgres unless DATABASE_URL is set',
    load: () => import('./start.ts'),
  },
  migrate: {
    summary: 'bring the database and the model tables up to date',
    load: () => import('./migrate.ts'),
  },
  compare: {
    summary: 'play the same edits against both models, side by side',
    load: () => import('./compare.ts'),
  },
  demo: {
    summary: 'the main job on a server of its own, told step by step',
    load: () => import('./demo.ts'),
  },
  doctor: { summary: 'check Node, Postgres, keys and the feed', load: () => import('./doctor.ts') },
  token: { summary: 'print one token of an embedded user', load: () => import('./token.ts') },
};

const OVERVIEW = `Usage: rockpool <verb> [options]

${Object.entries(VERBS)
  .map(([name, verb]) => `  ${name.padEnd(9)} ${verb.summary}`)
  .join('\n')}

rockpool <verb> --help tells more; rockpool start --help lists the environment.
`;

/** The command line: answers the exit code. No verb means `start`, as service managers run it. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = 'start', ...args] = argv;
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(OVERVIEW);
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    process.stderr.write(`rockpool: there is no verb ${name}.\n\n${OVERVIEW}`);
    return 2;
  }
  const module = await verb.load();
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(module.help);
    return 0;
  }
  try {
    return await module.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`rockpool ${name}: ${error.message}\n\n${module.help}`);
      return 2;
    }
    const known = error instanceof ConfigError || error instanceof StartError;
    process.stderr.write(`rockpool ${name}: ${known ? error.message : detailsOf(error)}\n`);
    return 1;
  }
}

function detailsOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
}
