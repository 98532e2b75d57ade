import { deliveringViewer } from '../../identity/viewer';
import type { SubgraphName } from '../../subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../subgraph/transport';
import type { EventEnvelope } from '../event';
import type { HandOver } from './event-consumer';

const RECEIVE_EVENTS = `mutation ReceiveEvents($consumer: String!, $events: [HandedEvent!]!) {
  receiveEvents(consumer: $consumer, events: $events) { taken refusal }
}`;

/** Hands events to a consumer in another subgraph, as `sender`. Throws when that subgraph does not take part. */
export function handToSubgraph(
  subgraph: SubgraphTransport,
  { sender, consumer }: { sender: SubgraphName; consumer: string },
): (events: EventEnvelope[], call: SubgraphCall) => Promise<HandOver> {
  return async (events, call) => {
    const { data, errors } = await subgraph.execute(
      { query: RECEIVE_EVENTS, variables: { consumer, events } },
      { ...call, viewer: deliveringViewer(sender) },
    );
    if (errors?.[0]) throw new Error(errors[0].message);
    const answer = (data as { receiveEvents?: HandOver } | null | undefined)?.receiveEvents;
    if (!answer) throw new Error(`The consumer ${consumer} gave no answer`);
    return answer;
  };
}
