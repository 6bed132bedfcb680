import type { Comparison } from '../compare.ts';
import { show } from '../judge.ts';
import type { Play } from '../play.ts';

/** The models side by side: one row a contender. The same cells for text and Markdown. */
export const HEADINGS = [
  'model',
  'converged',
  'requests',
  'bytes up / down',
  'conflicts',
  'settled by',
  'lost edits',
  'refused',
  'others see it',
] as const;

/** The cells of a comparison's table. */
export function rowsOf({ plays, scenario }: Comparison): readonly (readonly string[])[] {
  const alone = scenario.people.length === 1;
  return plays.map((play) => [
    play.contender.id,
    play.converged ? 'yes' : 'no',
    String(play.traffic.requests),
    `${play.traffic.bytesUp} / ${play.traffic.bytesDown}`,
    String(play.conflicts),
    settledBy(play),
    play.lost.length === 0 ? 'none' : play.lost.map(({ device, field }) => `${device}.${field}`).join(', '),
    String(play.rejected),
    alone ? '–' : play.seenBy.length === 0 ? 'nobody' : play.seenBy.join(', '),
  ]);
}

function settledBy({ settledByClient, settledByServer }: Play): string {
  if (settledByClient > 0 && settledByServer > 0) return 'device and server';
  if (settledByClient > 0) return 'device';
  return settledByServer > 0 ? 'server' : '–';
}

/** Rows as columns of equal width. */
export function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (found, row) => row.map((cell, i) => Math.max(found[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What a step did, in a line: `phone edits title: Milk`. */
export function tellStep(step: Play['steps'][number]['step']): string {
  const who = step.devices.join(' and ');
  const many = step.devices.length > 1;
  const { action } = step;
  switch (action.kind) {
    case 'create':
      return `${who} ${many ? 'create' : 'creates'} the note (${show(action.fields)})`;
    case 'edit':
      return `${who} ${many ? 'edit' : 'edits'} ${show(action.fields)}${action.times > 1 ? `, ${action.times} times` : ''}`;
    case 'delete':
      return `${who} ${many ? 'delete' : 'deletes'} the note`;
    case 'go':
      return `${who} ${many ? 'go' : 'goes'} ${action.to}`;
    case 'wait':
      return `${action.ms} ms pass`;
  }
}
