import { isMet, type Figure, type Finding, type Series, type Target } from './finding.ts';
import type { Verdict } from './verdict.ts';

/** One kind of work, for people. */
export function printFinding({ title, series, figures }: Finding): string {
  const lines = [title, ...series.map(printSeries), ...figures.map(printFigure)];
  return `${lines.join('\n')}\n`;
}

function printSeries({ name, unit, median, spread }: Series): string {
  return `  ${name.padEnd(34)} ${number(median).padStart(10)} ${unit.padEnd(8)} ±${percent(spread)}`;
}

function printFigure(figure: Figure): string {
  const { name, value, unit, spread, target } = figure;
  const met = isMet(figure);
  const verdict = target === undefined ? '' : `  ${wanted(target, unit)}  ${met === true ? 'met' : 'MISSED'}`;
  return `  ${name.padEnd(34)} ${number(value).padStart(10)} ${unit.padEnd(8)} ±${percent(spread)}${verdict}`;
}

function wanted(target: Target, unit: string): string {
  const tail = unit === '' ? '' : ` ${unit}`;
  return 'atLeast' in target ? `at least ${target.atLeast}${tail}` : `at most ${target.atMost}${tail}`;
}

/** What all of it comes to. */
export function printVerdict({ checked, missed, noisy }: Verdict): string {
  const lines = [`${checked - missed.length} of ${checked} targets met.`];
  for (const { title, name } of missed) lines.push(`  missed: ${title}: ${name}`);
  if (noisy.length > 0) {
    lines.push('The machine was too noisy for these figures to be quoted; run again when it is quiet:');
    for (const reason of noisy) lines.push(`  ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`.padStart(5);
}
