import { errorCatalogue } from '../shared/errors/catalogue';

/** `docs/ERRORS.md`: the error catalogue as a page for callers. */
export function errorDocumentation(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`,
  );
  return `# Errors

<!-- Generated from \`shared/errors/catalogue.ts\` by \`npm run generate\`. -->

Every error of the graph has a code in \`errors[].extensions.code\`. Errors of input also have
\`extensions.fields\`: a list of \`{ path, constraint, message }\`, one for each broken rule.
A path begins with the name of an argument, or with \`$\` and the name of a variable whose value is not of its type.

The status is what the code stands for. The HTTP answer has it when \`data\` is \`null\` as a whole; an answer that
carries data has 200, as GraphQL over HTTP asks. Each answer's \`x-request-id\` header names it in the log.

Of each answer of a system 500 errors are told at most. Where there were more, \`extensions.errorsLeftOut\` beside
\`data\` says how many; their fields are \`null\` all the same.

| code | status | meaning | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
