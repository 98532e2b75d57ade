import type { GraphQLFormattedError } from 'graphql';

const TOO_MANY_TOKENS = /^Syntax Error: Document contains more that \d+ tokens/;
const SUGGESTION = / ?Did you mean .+?\?$/;

/** Gives the parser's refusal of a long document its own code; other errors stay as they are. */
export function nameTokenLimit(error: GraphQLFormattedError, limit: number): GraphQLFormattedError {
  if (error.extensions?.['code'] !== 'GRAPHQL_PARSE_FAILED' || !TOO_MANY_TOKENS.test(error.message))
    return error;
  const message = `A document may have ${limit} tokens at most; this one has more`;
  return { message, extensions: { code: 'MAX_TOKENS_LIMIT', limit } };
}

/** Takes out near names of the schema. Apollo Server does so where a document is wrong, but not where a variable is. */
export function withoutSuggestion(error: GraphQLFormattedError): GraphQLFormattedError {
  return SUGGESTION.test(error.message)
    ? { ...error, message: error.message.replace(SUGGESTION, '') }
    : error;
}
