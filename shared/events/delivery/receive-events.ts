import { CodedError } from '../../errors/coded-error';
import type { SubgraphCall } from '../../subgraph/transport';
import type { EventEnvelope } from '../event';
import { eventCatalogue } from '../event-catalogue';
import type { HandOver } from './event-consumer';

/** Takes events of one tenant, oldest first. Throws when none can be taken at the moment, whatever they are. */
export type TakeEvents = (events: EventEnvelope[], call: SubgraphCall) => Promise<HandOver>;

/** `HandedEvent`, as the graph reads it. */
type HandedEvent = Omit<EventEnvelope, 'timestamp'> & { timestamp: Date };

interface ReceiveEventsArgs {
  consumer: string;
  events: HandedEvent[];
}

/**
 * The door by which a subgraph takes events: `receiveEvents` with one function for each consumer that it has. An event
 * is taken from the system that published it, or from Access Control, which hands on those of all systems.
 */
export function receiveEventsResolvers(consumers: Readonly<Record<string, TakeEvents>>) {
  return {
    Mutation: {
      async receiveEvents(_root: unknown, args: ReceiveEventsArgs, call: SubgraphCall): Promise<HandOver> {
        const take = consumers[args.consumer];
        if (!take) throw new CodedError('BAD_USER_INPUT', `There is no consumer "${args.consumer}" here`);
        const events = args.events.map(
          ({ timestamp, ...event }) => ({ ...event, timestamp: timestamp.toISOString() }) as EventEnvelope,
        );
        const foreign = events.find((event) => !maySend(call.viewer.onBehalfOf, event));
        if (foreign) throw new CodedError('FORBIDDEN', `${foreign.type} is not of the sender's to hand over`);
        return take(events, call);
      },
    },
  };
}

function maySend(sender: string | null, { type, source }: EventEnvelope): boolean {
  const isKnown = Object.hasOwn(eventCatalogue, type) && eventCatalogue[type].source === source;
  return isKnown && (sender === source || sender === 'access-control');
}
