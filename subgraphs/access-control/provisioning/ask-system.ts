import { isCataloguedCode } from '../../../shared/errors/catalogue';
import { CodedError, type FieldProblem, isOutage } from '../../../shared/errors/coded-error';
import { beforeDeadline } from '../../../shared/subgraph/deadline';
import type { SubgraphCall, SubgraphRequest, SubgraphTransport } from '../../../shared/subgraph/transport';

/**
 * Asks another system, and answers what its one root field does. Throws the error that the system answers, under its own
 * code; `REQUEST_TIMEOUT` at the call's deadline; `SUBGRAPH_UNAVAILABLE` when it does not answer.
 */
export async function askSystem<Answer>(
  system: SubgraphTransport,
  request: SubgraphRequest,
  call: SubgraphCall,
): Promise<Answer> {
  const { data, errors } = await beforeDeadline(call, () => system.execute(request, call)).catch(
    (cause: unknown) => {
      if (cause instanceof CodedError) throw cause;
      throw new CodedError('SUBGRAPH_UNAVAILABLE', 'The system does not answer', { cause });
    },
  );
  const [error] = errors ?? [];
  if (error) {
    const { code, fields } = (error.extensions ?? {}) as { code?: unknown; fields?: FieldProblem[] };
    throw new CodedError(isCataloguedCode(code) ? code : 'INTERNAL_SERVER_ERROR', error.message, { fields });
  }
  const [answer] = Object.values(data ?? {});
  if (!answer) throw new CodedError('SUBGRAPH_UNAVAILABLE', 'The system gives no answer');
  return answer as Answer;
}

/** Whether the same may succeed later: the system did not answer, or met a defect. */
export function maySucceedLater(error: unknown): boolean {
  return isOutage(error) || (error instanceof CodedError && error.code === 'INTERNAL_SERVER_ERROR');
}

/**
 * As `askSystem`; when the same may succeed later, throws `SUBGRAPH_UNAVAILABLE` with `message`, which says what it costs the
 * caller that the system does not answer.
 */
export async function askOrTellOutage<Answer>(
  system: SubgraphTransport,
  request: SubgraphRequest,
  call: SubgraphCall,
  message: string,
): Promise<Answer> {
  try {
    return await askSystem<Answer>(system, request, call);
  } catch (cause) {
    if (!maySucceedLater(cause)) throw cause;
    throw new CodedError('SUBGRAPH_UNAVAILABLE', message, { cause });
  }
}
