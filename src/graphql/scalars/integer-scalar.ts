import { GraphQLError, GraphQLScalarType, Kind, print, type ASTNode } from 'graphql';
import { shorten } from './text-scalar.ts';

export interface IntegerScalarParts {
  readonly name: string;
  readonly description: string;
  readonly minimum: number;
  /** `Long is …`: what is allowed. */
  readonly allowed: string;
}

/** An integer that a double holds exactly: up to 2^53 − 1. Only numbers without fraction are taken, no strings. */
export function integerScalar({
  name,
  description,
  minimum,
  allowed,
}: IntegerScalarParts): GraphQLScalarType<number, number> {
  const refuse = (shown: string, node?: ASTNode): never => {
    throw new GraphQLError(
      `${name} is ${allowed}, not ${shorten(shown)}.`,
      node === undefined ? {} : { nodes: node },
    );
  };
  const check = (value: unknown, shown: string, node?: ASTNode): number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum
      ? value
      : refuse(shown, node);
  return new GraphQLScalarType<number, number>({
    name,
    description,
    // -0 is 0 for everybody else.
    serialize: (value) => check(value, String(JSON.stringify(value))) + 0,
    parseValue: (value) => check(value, String(JSON.stringify(value))) + 0,
    parseLiteral: (node) =>
      node.kind === Kind.INT ? check(Number(node.value), node.value, node) + 0 : refuse(print(node), node),
  });
}
