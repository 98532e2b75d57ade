import { badInput } from '../../../shared/errors/coded-error';
import type { ProvisioningTemplate } from '../graphql.generated';
import type { SystemKeys } from '../registry/replaced-keys';
import { clubsOnce, once } from './given-twice';
import type { ProvisioningRequest } from './provisioning-input';
import type { TenantSetUp } from './tenant-set-up';

/** What each kind of tenant gets where the input does not say otherwise. */
const templates: Record<ProvisioningTemplate, (keys: Keys) => Omit<ProvisioningRequest, 'tenant'>> = {
  CLUB: ({ sclTenantCode, messagingTenantId }) => ({
    scl: { code: sclTenantCode },
    teeTime: {},
    messaging: { tenantId: messagingTenantId, provider: 'internal' },
    crm: { enabled: true, templatePack: 'CLUB' },
  }),
  CORPORATE: ({ messagingTenantId }) => ({
    messaging: { tenantId: messagingTenantId, provider: 'internal' },
    crm: { enabled: true, templatePack: 'YOLO_B2B' },
  }),
  YOLO_B2B: (keys) => ({ ...templates.CORPORATE(keys), billing: true }),
};

type Keys = { [Key in keyof SystemKeys]: string };

/** The keys that the tenant has, which a rename leaves as they are; those of its slug where it has none. */
function keysOf({ slug, entry }: NamedTenant): Keys {
  return {
    sclTenantCode: entry?.sclTenantCode ?? slug.toUpperCase(),
    messagingTenantId: entry?.messagingTenantId ?? slug,
  };
}

/** By what a template names the tenant in the systems. */
interface NamedTenant {
  slug: string;
  /** `null` where the registry has none. */
  entry: SystemKeys | null;
}

/**
 * What a request asks for: what it says itself, and of its template what it does not. With a template an explicit `null`
 * switches a part off, or one of a part's fields; without one it says nothing. What is given twice counts once. Throws
 * `BAD_USER_INPUT` when neither gives a code or a Messaging id, or when two clubs have one code and differ.
 */
export function setUpOf(request: ProvisioningRequest, tenant: NamedTenant): TenantSetUp {
  const defaults = request.template ? templates[request.template](keysOf(tenant)) : {};
  const scl = merged(defaults.scl, request.scl);
  const teeTime = merged(defaults.teeTime, request.teeTime);
  const messaging = merged(defaults.messaging, request.messaging);
  const crm = request.crm?.enabled === false ? request.crm : merged(defaults.crm, request.crm);
  const billing = request.billing === undefined ? defaults.billing : request.billing;
  return {
    ...(scl && {
      scl: {
        code: needed(scl.code, 'input.scl.code'),
        name: scl.name,
        clubs: once(scl.clubs ?? [], ({ name }) => name),
      },
    }),
    ...(teeTime && {
      teeTime: { clubIds: once(teeTime.clubIds ?? [], (id) => id), clubs: clubsOnce(teeTime.clubs ?? []) },
    }),
    ...(messaging && {
      messaging: {
        tenantId: needed(messaging.tenantId, 'input.messaging.tenantId'),
        provider: messaging.provider,
      },
    }),
    ...(crm && { crm: { enabled: crm.enabled, templatePack: crm.templatePack } }),
    ...(typeof billing === 'boolean' && { billing }),
    ...(request.payments && {
      payments: { providers: once(request.payments.providers, (name) => name) },
    }),
    ...(request.association && { association: request.association }),
  };
}

function merged<Part extends object>(
  defaults: Part | null | undefined,
  given: Part | null | undefined,
): Part | null {
  if (given === null) return null;
  return defaults || given ? ({ ...defaults, ...given } as Part) : null;
}

function needed(value: string | null | undefined, path: string): string {
  if (value) return value;
  throw badInput(path, 'isDefined', 'must be given, unless the template gives it');
}

/** The parts that the request switches off: with a template a `null` says something. `undefined` where none are. */
export function switchedOff(request: ProvisioningRequest): string[] | undefined {
  if (!request.template) return undefined;
  const { crm, ...parts } = request;
  const off = Object.entries(parts).flatMap(([name, part]) => (part === null ? [name] : []));
  const isWithoutPack = crm?.templatePack === null ? ['crm.templatePack'] : [];
  return [...off, ...(crm === null ? ['crm'] : isWithoutPack)].sort();
}
