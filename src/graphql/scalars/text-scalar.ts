import { GraphQLError, GraphQLScalarType, Kind, print, type ASTNode } from 'graphql';
import { isStorableText } from '../../base/json.ts';

export interface TextScalarParts {
  readonly name: string;
  readonly description: string;
  /** `AWSDate is …`: what is allowed, with an example. */
  readonly allowed: string;
  readonly accepts: (text: string) => boolean;
}

/** A scalar that is a string of a certain form, kept exactly as it was sent. */
export function textScalar({
  name,
  description,
  allowed,
  accepts,
}: TextScalarParts): GraphQLScalarType<string, string> {
  const refuse = (shown: string, node?: ASTNode): never => {
    throw new GraphQLError(`${name} is ${allowed}, not ${shown}.`, node === undefined ? {} : { nodes: node });
  };
  const check = (text: string, node?: ASTNode): string => {
    if (!isStorableText(text)) {
      throw new GraphQLError(
        `${name} holds U+0000 or half a surrogate pair, which cannot be stored; remove it.`,
        node === undefined ? {} : { nodes: node },
      );
    }
    return accepts(text) ? text : refuse(shorten(JSON.stringify(text)), node);
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: (value) =>
      typeof value === 'string' ? value : refuse(shorten(String(JSON.stringify(value)))),
    parseValue: (value) =>
      typeof value === 'string' ? check(value) : refuse(shorten(String(JSON.stringify(value)))),
    parseLiteral: (node) =>
      node.kind === Kind.STRING ? check(node.value, node) : refuse(shorten(print(node)), node),
  });
}

/** Messages show the beginning of a long value. */
export function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60).toWellFormed()}…`;
}
