import { isIP, isIPv4 } from 'node:net';
import { type CleanedEnv, cleanEnv } from 'envalid';
import { between, listOf, redisUrl } from './setting-validators';

/** How often a minute something may be done; 0 switches a limit off. */
export interface RateLimitSettings {
  /** Queries of one subject, or of one address without a token. */
  reads: number;
  /** Mutations of one subject, or of one address without a token. */
  writes: number;
  /** Leads that callers without a token leave from one address. */
  leadsPerAddress: number;
  /** Leads that are left with one tenant by anybody. */
  leadsPerTenant: number;
}

/** How the gateway meets the open internet. */
export interface DoorSettings {
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  /** Origins whose pages may read answers, such as `https://admin.example.com`. */
  corsOrigins: string[];
  rateLimits: RateLimitSettings;
  /** Where replicas share what they count; `null` where each process counts for itself. */
  redisUrl: string | null;
}

const atMost = between(0, 1_000_000);

/** The environment variables of the door, with their rules. */
export const doorVariables = {
  TRUSTED_PROXIES: listOf(
    isAddressRange,
    'must be addresses or ranges such as 10.0.0.0/8, with commas between',
  )({ default: [] }),
  CORS_ORIGINS: listOf(
    isOrigin,
    'must be origins such as https://admin.example.com, with commas between',
  )({
    default: [],
  }),
  RATE_LIMIT_READS: atMost({ default: 1_000 }),
  RATE_LIMIT_WRITES: atMost({ default: 100 }),
  RATE_LIMIT_LEADS_PER_ADDRESS: atMost({ default: 10 }),
  RATE_LIMIT_LEADS_PER_TENANT: atMost({ default: 120 }),
  REDIS_URL: redisUrl({ default: undefined }),
};

export function doorSettings(values: CleanedEnv<typeof doorVariables>): DoorSettings {
  return {
    trustedProxies: values.TRUSTED_PROXIES,
    corsOrigins: values.CORS_ORIGINS,
    rateLimits: {
      reads: values.RATE_LIMIT_READS,
      writes: values.RATE_LIMIT_WRITES,
      leadsPerAddress: values.RATE_LIMIT_LEADS_PER_ADDRESS,
      leadsPerTenant: values.RATE_LIMIT_LEADS_PER_TENANT,
    },
    redisUrl: values.REDIS_URL ?? null,
  };
}

/** The door where nothing is set: the limits hold, no proxy is believed, no other origin reads. */
export const defaultDoor: DoorSettings = doorSettings(cleanEnv({}, doorVariables));

/** A range of every address is refused: with it a caller could choose the address that it is counted under. */
function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (isIP(address) === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9][0-9]{0,2}$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128);
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
