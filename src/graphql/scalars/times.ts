/** `Z` or `±hh:mm`, `±hh:mm:ss`. */
const OFFSET = '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d)?)';
const DATE = '(\\d{4})-(\\d{2})-(\\d{2})';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?';

const DATE_FORM = new RegExp(`^${DATE}${OFFSET}?$`);
const TIME_FORM = new RegExp(`^${TIME}${OFFSET}?$`);
const DATE_TIME_FORM = new RegExp(`^${DATE}T${TIME}${OFFSET}?$`);

/** AppSync's AWSDate, calendar-valid. */
export function isDate(text: string): boolean {
  return isInCalendar(DATE_FORM.exec(text));
}

/** AppSync's AWSTime. */
export function isTime(text: string): boolean {
  return TIME_FORM.test(text);
}

/** AppSync's AWSDateTime, calendar-valid; the offset may be left out (its documentation says both). */
export function isDateTime(text: string): boolean {
  return isInCalendar(DATE_TIME_FORM.exec(text));
}

function isInCalendar(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const [year, month, day] = match.slice(1, 4).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
