import { median, ratios, spread } from '../core/stats.ts';

/** What is to be reached. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** What was measured of one contender, round by round. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  readonly median: number;
  readonly spread: number;
  /** A base does the same whatever the product is: where its rounds differ much, the machine is at fault. */
  readonly base: boolean;
}

/** A number that tells something, with what it should be where that was agreed. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly spread: number;
  readonly target?: Target;
}

/** What one kind of work has shown. */
export interface Finding {
  readonly work: string;
  readonly title: string;
  readonly series: readonly Series[];
  readonly figures: readonly Figure[];
}

export function seriesOf(
  name: string,
  unit: string,
  samples: readonly number[],
  base: 'base' | 'product' = 'product',
): Series {
  return { name, unit, samples, median: median(samples), spread: spread(samples), base: base === 'base' };
}

/** The median of the ratios of the rounds. */
export function ratioOf(
  name: string,
  above: readonly number[],
  below: readonly number[],
  target?: Target,
): Figure {
  return figureOf(name, '', ratios(above, below), target);
}

export function figureOf(name: string, unit: string, samples: readonly number[], target?: Target): Figure {
  const figure = { name, unit, value: median(samples), spread: spread(samples) };
  return target === undefined ? figure : { ...figure, target };
}

/** Undefined where nothing was agreed. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
