import { bool, type CleanedEnv, cleanEnv, makeValidator } from 'envalid';
import { redisUrl } from './setting-validators';
import { StartError } from './start-error';

/** Who hears of the platform's events outside of the graph. */
export interface EventSettings {
  /** The BullMQ queue that every event goes into; `null` where there is no Redis. */
  redis: { url: string; queue: string } | null;
  webhooks: {
    /** Whether events may be posted to private addresses and without TLS, which is for development alone. */
    allowPrivate: boolean;
  };
}

const queueName = makeValidator<string>((text) => {
  if (/^[\w.-]{1,100}$/.test(text)) return text;
  throw new Error('must have 1 to 100 letters, digits, ".", "_" or "-"');
});

/** The environment variables of events, with their rules. */
export const eventVariables = {
  REDIS_URL: redisUrl({ default: undefined }),
  EVENTS_QUEUE: queueName({ default: 'crm-events' }),
  WEBHOOK_ALLOW_PRIVATE: bool({ default: false }),
};

/** Throws a `StartError` when webhooks of production may reach private addresses. */
export function eventSettings(
  values: CleanedEnv<typeof eventVariables>,
  isProduction: boolean,
): EventSettings {
  if (isProduction && values.WEBHOOK_ALLOW_PRIVATE) {
    throw new StartError(
      'Wrong setting: WEBHOOK_ALLOW_PRIVATE: is for development; in production webhooks reach public addresses alone',
    );
  }
  const { REDIS_URL: url, EVENTS_QUEUE: queue } = values;
  return { redis: url ? { url, queue } : null, webhooks: { allowPrivate: values.WEBHOOK_ALLOW_PRIVATE } };
}

/** Who hears of events where nothing is set: webhooks of public addresses. */
export const defaultEvents: EventSettings = eventSettings(cleanEnv({}, eventVariables), false);
