import type { Comparison } from '../compare.ts';
import { outcomesOf } from './outcomes.ts';
import { align, HEADINGS, rowsOf, tellStep } from './table.ts';

/** The report for a terminal. */
export function textReport(comparisons: readonly Comparison[]): string {
  return comparisons.map(one).join('\n\n');
}

function one(comparison: Comparison): string {
  const { scenario, plays, failures, verdict } = comparison;
  const lines = [scenario.title, '='.repeat(scenario.title.length), '', wrap(scenario.story), ''];
  for (const [index, step] of scenario.steps.entries()) {
    lines.push(`${index + 1}. ${tellStep(step)}`);
    if (step.say !== undefined) lines.push(wrap(step.say, '   '));
    const outcomes = outcomesOf(plays, index);
    const width = Math.max(...outcomes.map(({ label }) => label.length));
    for (const { label, text } of outcomes) lines.push(`   ${label.padEnd(width)}  ${text}`);
    lines.push('');
  }
  lines.push(...align([HEADINGS, ...rowsOf(comparison)]), '', ...verdict.map((sentence) => wrap(sentence)));
  if (failures.length > 0) {
    lines.push('', 'Not as the scenario expects:');
    for (const { contender, line, message } of failures)
      lines.push(`  ${contender} (line ${line}): ${message}`);
  }
  return lines.join('\n');
}

/** Lines of at most 100 characters. */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length >= 100 && line !== indent) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
