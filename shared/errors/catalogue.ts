/**
 * Every code that a caller can meet in `errors[].extensions.code`, with the HTTP status it stands for and what
 * the caller can do. `docs/ERRORS.md` is generated from this table.
 */
export const errorCatalogue = {
  BAD_USER_INPUT: {
    status: 400,
    meaning:
      'A value breaks a rule of the input. `extensions.fields` names each field, the rule and the reason.',
    remedy: 'Correct the named fields and send the request again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning:
      'The field is not for anonymous callers, or the token is missing, expired, forged or meant for others.',
    remedy: 'Send `Authorization: Bearer` with a valid token.',
  },
  IDENTITY_UNAVAILABLE: {
    status: 503,
    meaning: 'The keys of the identity provider cannot be fetched, so that no token can be checked.',
    remedy: 'Repeat the request later. Requests without a token are answered as usual.',
  },
  FORBIDDEN: {
    status: 403,
    meaning:
      'The token does not carry the scope that the field asks for, or does not name the chosen tenant.',
    remedy: 'Ask for a role that has the scope; docs/SECURITY.md lists them.',
  },
  REQUEST_TIMEOUT: {
    status: 504,
    meaning: 'The request was not done within the time that a request may take. What ran below was ended.',
    remedy:
      'Ask for less in one request, or repeat it later. Check the effect of a mutation before repeating it.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'The thing that the operation should change does not exist.',
    remedy: 'Check the id in `extensions.fields`; look the thing up first.',
  },
  TENANT_NOT_FOUND: {
    status: 404,
    meaning: 'No tenant has the given id, slug or system key.',
    remedy: 'Check the key, or provision the tenant first.',
  },
  CONFLICT: {
    status: 409,
    meaning:
      'Another record already holds a value that must be unique: `extensions.fields` names it with the constraint `unique`. Or the state of what the call is about does not allow it, as the message says.',
    remedy:
      'Choose another value, or change the record that holds it; bring the record into another state, or wait for it.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    meaning: 'The idempotency key was used before with another input.',
    remedy: 'Send the first input again for the first answer, or use a new key.',
  },
  TENANCY_STAGE_WRONG: {
    status: 409,
    meaning: "CRM's schema is in a stage of its move from slugs to UUIDs in which the change cannot be made.",
    remedy: 'Ask for `crmTenancy { stage }`; the message names the stages in which it can be made.',
  },
  TENANT_DISABLED: {
    status: 403,
    meaning:
      'The tenant is disabled, so its data cannot be changed. For a whole request: all tenants that the token names are, or the one that `x-tenant-id` chooses.',
    remedy: 'Have the platform enable the tenant with `enableTenant`, then repeat.',
  },
  SYSTEM_DISABLED: {
    status: 403,
    meaning: 'The system is not enabled for this tenant, so its data there cannot be changed.',
    remedy: 'Enable the system with `enableSystem`, then repeat.',
  },
  LEAD_NOT_ACCEPTED: {
    status: 422,
    meaning: 'No lead can be left under this name. The answer is the same for every reason.',
    remedy: 'Check the form with whoever gave you the tenant slug.',
  },
  PENDING_LEADS_FULL: {
    status: 503,
    meaning:
      'The tenant of the lead cannot be told at the moment, and as many leads wait for that as may. Nothing was stored.',
    remedy: 'Repeat later, with the same `idempotencyKey`.',
  },
  CAPTCHA_FAILED: {
    status: 422,
    meaning: 'The lead carries no captcha that was solved, or the captcha could not be verified.',
    remedy: 'Let the person solve a new captcha and send its token in `captchaToken`.',
  },
  TENANCY_GATE_CLOSED: {
    status: 409,
    meaning:
      "A tenant of CRM, or CRM's schema, may not take this step from slugs to UUIDs yet. `extensions.fields` names each gate that is closed, with its count, examples and the command that mends it.",
    remedy: 'Mend what the gates name, then repeat; or pass them with a reason, which is kept.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'The caller, its address or the tenant has reached a limit of the current minute. `extensions.retryAfterSeconds` and the header `Retry-After` say when it ends.',
    remedy: 'Wait that long, then repeat.',
  },
  RATE_LIMIT_UNAVAILABLE: {
    status: 503,
    meaning: 'Leads cannot be counted at the moment, so none is taken. Nothing was stored.',
    remedy: 'Repeat later, with the same `idempotencyKey`.',
  },
  SUBGRAPH_UNAVAILABLE: {
    status: 503,
    meaning: 'A system behind the graph did not answer. Fields of other systems are answered as usual.',
    remedy: 'Repeat a query later. Repeat a mutation only if it is idempotent, or after checking its effect.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    meaning: 'The request met a defect. The log has the details under the request id.',
    remedy: 'Report the `x-request-id` of the response.',
  },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    meaning: 'The document is not GraphQL.',
    remedy: 'Correct the syntax at the given location.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    meaning: 'The document does not fit the schema.',
    remedy: 'Correct the document; the schema is the documentation.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    meaning: 'The document has several operations and the request does not choose one of them.',
    remedy: 'Send `operationName` with the name of one operation in the document.',
  },
  MAX_TOKENS_LIMIT: {
    status: 400,
    meaning: 'The document has more tokens than the gateway reads. `extensions.limit` has the limit.',
    remedy: 'Send a shorter document, or several requests.',
  },
  MAX_DEPTH_LIMIT: {
    status: 400,
    meaning:
      'Fields, with fragments written out, or variables lie too deep inside of each other. `extensions` has the limit and the value.',
    remedy: 'Begin a second request at the id of what lies deep.',
  },
  MAX_ALIASES_LIMIT: {
    status: 400,
    meaning: 'The operation, with fragments written out, has too many aliases.',
    remedy: 'Split the operation.',
  },
  MAX_ROOT_FIELDS_LIMIT: {
    status: 400,
    meaning: 'The operation asks for too many fields at its top.',
    remedy: 'Split the operation.',
  },
  MAX_DIRECTIVES_LIMIT: {
    status: 400,
    meaning: 'The operation, with fragments written out, has too many directives.',
    remedy: 'Split the operation, or send only the fields that are wanted.',
  },
  MAX_RECURSIVE_SELECTIONS_EXCEEDED: {
    status: 400,
    meaning: 'The operation has too many fields once its fragments are written out.',
    remedy: 'Spread fewer fragments inside of fragments, or split the operation.',
  },
  MAX_RECURSION_LIMIT: {
    status: 400,
    meaning:
      'One path of the operation comes too often through the same entity, as in a tenant of a customer of a tenant.',
    remedy: 'Begin a second request at the id of the entity.',
  },
  MAX_PUBLIC_MUTATIONS_LIMIT: {
    status: 400,
    meaning: 'The operation has more than one mutation that anyone may send.',
    remedy: 'Send one request for each.',
  },
  COST_ESTIMATED_TOO_EXPENSIVE: {
    status: 400,
    meaning:
      'The operation is estimated to cost too much by `@cost` and `@listSize`. `extensions` has the limit and the value.',
    remedy: 'Ask for smaller pages: lists inside of lists multiply.',
  },
  QUERY_NOT_IN_SAFELIST: {
    status: 400,
    meaning: 'Only listed documents run here, and this one is not listed.',
    remedy: 'Have the document added to the list, letter by letter as the client sends it.',
  },
  PERSISTED_QUERY_NOT_IN_LIST: {
    status: 400,
    meaning: 'Only listed documents run here, and none has this id.',
    remedy: 'Have the document added to the list.',
  },
  BAD_REQUEST: {
    status: 400,
    meaning: 'The HTTP request is not a GraphQL request.',
    remedy: 'Send JSON with a `query`, and the header `content-type: application/json`.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The body of the request is larger than the gateway reads.',
    remedy: 'Send a smaller document or fewer variables.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body of the request has a media type that the gateway does not read.',
    remedy: 'Send `content-type: application/json`.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 200,
    meaning: 'The hash of a persisted query is not known yet.',
    remedy: 'Send the hash together with the document once.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 200,
    meaning: 'Persisted queries are switched off.',
    remedy: 'Send the document itself.',
  },
} as const satisfies Record<string, { status: number; meaning: string; remedy: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Whether `code` is one that callers may see; anything else is masked. */
export function isCataloguedCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalogue, code);
}
