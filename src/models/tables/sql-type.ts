import type { Field } from '../model.ts';

/** Types of columns, as Postgres' own `format_type` spells them. */
export type SqlType = 'integer' | 'double precision' | 'boolean' | 'bigint' | 'text' | 'jsonb';

/** How values of a field are stored: everything that is not a number or a boolean is kept byte for byte. */
export function columnType({ type, list }: Pick<Field, 'type' | 'list'>): SqlType {
  if (list !== undefined || type.kind === 'object') return 'jsonb';
  if (type.kind === 'enum') return 'text';
  switch (type.name) {
    case 'Int':
      return 'integer';
    case 'Float':
      return 'double precision';
    case 'Boolean':
      return 'boolean';
    case 'AWSTimestamp':
      return 'bigint';
    case 'ID':
    case 'String':
    case 'AWSDate':
    case 'AWSTime':
    case 'AWSDateTime':
    case 'AWSEmail':
    case 'AWSJSON':
    case 'AWSURL':
    case 'AWSPhone':
    case 'AWSIPAddress':
      return 'text';
  }
}
