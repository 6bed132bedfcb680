import type { Comparison } from '../compare.ts';
import { outcomesOf } from './outcomes.ts';
import { HEADINGS, rowsOf, tellStep } from './table.ts';

/** The report as Markdown, for an issue or a decision record. */
export function markdownReport(comparisons: readonly Comparison[]): string {
  return comparisons.map(one).join('\n\n');
}

function one(comparison: Comparison): string {
  const { scenario, plays, failures, verdict } = comparison;
  const lines = [`## ${scenario.title}`, '', scenario.story, ''];
  for (const [index, step] of scenario.steps.entries()) {
    lines.push(
      `${index + 1}. ${escape(tellStep(step))}${step.say === undefined ? '' : ` – ${escape(step.say)}`}`,
    );
    for (const { label, text } of outcomesOf(plays, index)) lines.push(`   - \`${label}\`: ${escape(text)}`);
  }
  lines.push(
    '',
    row(HEADINGS),
    row(HEADINGS.map(() => '---')),
    ...rowsOf(comparison).map(row),
    '',
    ...verdict,
  );
  for (const { contender, line, message } of failures) {
    lines.push('', `**Not as expected:** \`${contender}\` (line ${line}): ${escape(message)}`);
  }
  return lines.join('\n');
}

const row = (cells: readonly string[]) => `| ${cells.map(escape).join(' | ')} |`;

const escape = (text: string) => text.replaceAll(/[|<>*_`\\]/g, (found) => `\\${found}`);
