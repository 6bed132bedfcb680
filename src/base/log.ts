import { pino, type Logger } from 'pino';

export type Log = Logger;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log on standard error; standard output belongs to the ready line. */
export async function createLog(level: LogLevel, format: 'json' | 'pretty'): Promise<Log> {
  if (format === 'json') return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
  // Loaded only where a person reads along: it costs a tenth of the start.
  const { default: pretty } = await import('pino-pretty');
  return pino(
    { level, base: null },
    pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' }),
  );
}

export const silentLog: Log = pino({ level: 'silent' });
