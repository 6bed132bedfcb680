import type { Play } from './play.ts';
import type { Scenario } from './scenario.ts';

/** Two sentences that say what decides between the models in this scenario, out of what was measured. */
export function decide(scenario: Scenario, plays: readonly Play[]): readonly [string, string] {
  return [sharing(scenario, plays), losses(plays)];
}

function sharing(scenario: Scenario, plays: readonly Play[]): string {
  if (scenario.people.length > 1) {
    const seen = plays.some((play) => play.seenBy.length > 0);
    return seen
      ? 'More than one person works on the same thing: only a shared model shows it to the others, a dataset stays private to its owner.'
      : 'More than one person takes part, but at the end nobody else sees the thing: sharing does not decide here.';
  }
  const dataset = cheapest(plays.filter((play) => play.contender.kind === 'dataset'));
  const model = cheapest(plays.filter((play) => play.contender.kind === 'model'));
  if (dataset === undefined || model === undefined)
    return 'One person on several devices: both models can serve it.';
  const [less, more] =
    dataset.bytes <= model.bytes ? ['a dataset', 'a shared model'] : ['a shared model', 'a dataset'];
  const percent = Math.round(
    (Math.min(dataset.bytes, model.bytes) / Math.max(dataset.bytes, model.bytes)) * 100,
  );
  return `One person on several devices: both models serve it, and ${less} moves ${percent} % of the bytes that ${more} moves.`;
}

function cheapest(plays: readonly Play[]): { readonly bytes: number } | undefined {
  const bytes = plays.map(({ traffic }) => traffic.bytesUp + traffic.bytesDown);
  return bytes.length === 0 ? undefined : { bytes: Math.min(...bytes) };
}

function losses(plays: readonly Play[]): string {
  const losing = plays.filter((play) => play.lost.length > 0);
  const refusing = plays.filter((play) => play.rejected > 0);
  const settling = plays.filter((play) => play.conflicts > 0);
  if (losing.length > 0 && losing.length < plays.length) {
    const keeping = plays.filter((play) => play.lost.length === 0);
    return `What is lost decides: nothing with ${names(keeping)}; somebody's edit with ${names(losing)}.`;
  }
  if (losing.length === plays.length) {
    return `Every way loses somebody's edit here, so what decides is whose: ${losing.map(whose).join('; ')}.`;
  }
  if (refusing.length > 0 && refusing.length < plays.length) {
    return `A typed model refuses what its schema does not allow (${names(refusing)}); a dataset takes any text.`;
  }
  if (settling.length > 0) {
    const client = settling.filter((play) => play.settledByClient > 0);
    const server = settling.filter((play) => play.settledByClient === 0);
    if (client.length > 0 && server.length > 0) {
      return `No edit is lost, so what decides is who writes the code that settles: the app with ${names(client)}, the server with ${names(server)}.`;
    }
  }
  return 'No edit is lost and nobody has to act: take the model that fits the rest of the app.';
}

const names = (plays: readonly Play[]) => plays.map(({ contender }) => contender.id).join(', ');

function whose(play: Play): string {
  const edits = play.lost.map((edit) => `${edit.device}'s ${edit.field}`);
  return `${play.contender.id} ${edits.join(' and ')}`;
}
