import {
  DIGIWEDGE_TENANT_ID,
  DIGIWEDGE_TENANT_NAME,
  DIGIWEDGE_TENANT_SLUG,
  wellKnownTenantId,
  YOLO_TENANT_ID,
  YOLO_TENANT_NAME,
  YOLO_TENANT_SLUG,
} from '../tenancy/well-known-tenants';

/** A tenant of the demo data with what each system calls it. Every system writes its own share from this one list. */
export interface DemoTenant {
  id: string;
  slug: string;
  displayName: string;
  /** Which template pack CRM installs. */
  templatePack: 'CLUB' | 'YOLO_B2B';
  sclTenantCode: string;
  messagingTenantId: string;
  associationProvider: 'golfrsa' | 'dotgolf' | null;
  clubs: DemoClub[];
  /** How many records the systems write. */
  customers: number;
  leads: number;
  contacts: number;
}

export interface DemoClub {
  id: string;
  clubCode: string;
  name: string;
  location: string;
  timezone: string;
}

export interface DemoSize {
  /** Tenants in all, the two well-known ones among them. */
  tenants: number;
  /** Customers in all, spread evenly. */
  customers: number;
}

export const DEFAULT_DEMO_SIZE: DemoSize = { tenants: 12, customers: 480 };
export const MAX_DEMO_SIZE: DemoSize = { tenants: 10_000, customers: 10_000_000 };

const ESTATES = [
  ['Fynbos Ridge', 'Hermanus'],
  ['Jacaranda Park', 'Pretoria'],
  ['Marula Creek', 'Nelspruit'],
  ['Table Bay Dunes', 'Cape Town'],
  ['Drakensberg View', 'Winterton'],
  ['Karoo Links', 'Graaff-Reinet'],
  ['Umhlanga Sands', 'Umhlanga'],
  ['Vaal River', 'Parys'],
  ['Protea Heights', 'Stellenbosch'],
  ['Garden Route', 'George'],
] as const;
const COURSES = ['Championship', 'Links', 'Executive'];

/** The id of a record of the demo data, the same at every start, so that writing it again adds nothing. */
export function demoId(key: string): string {
  return wellKnownTenantId(`demo:${key}`);
}

/** The well-known tenants `digiwedge` and `yolo`, then golf clubs. */
export function demoTenants(size: DemoSize = DEFAULT_DEMO_SIZE): DemoTenant[] {
  const perTenant = Math.ceil(size.customers / size.tenants);
  const counts = (index: number) => {
    const customers = Math.max(0, Math.min(perTenant, size.customers - index * perTenant));
    return { customers, leads: Math.min(customers, 10), contacts: Math.min(customers, 20) };
  };
  const golf = Array.from({ length: Math.max(0, size.tenants - 2) }, (_, index) => ({
    ...golfTenant(index),
    ...counts(index + 2),
  }));
  return [{ ...digiwedge(), ...counts(0) }, { ...yolo(), ...counts(1) }, ...golf].slice(0, size.tenants);
}

type Identity = Omit<DemoTenant, 'customers' | 'leads' | 'contacts'>;

function digiwedge(): Identity {
  return {
    id: DIGIWEDGE_TENANT_ID,
    slug: DIGIWEDGE_TENANT_SLUG,
    displayName: DIGIWEDGE_TENANT_NAME,
    templatePack: 'YOLO_B2B',
    sclTenantCode: 'DIGIWEDGE',
    messagingTenantId: 'digiwedge-corporate',
    associationProvider: null,
    clubs: clubsOf('digiwedge', 'DW', 'DigiWedge Demo', 'Johannesburg', 2),
  };
}

function yolo(): Identity {
  return {
    id: YOLO_TENANT_ID,
    slug: YOLO_TENANT_SLUG,
    displayName: YOLO_TENANT_NAME,
    templatePack: 'YOLO_B2B',
    sclTenantCode: 'YOLO',
    messagingTenantId: 'yolo',
    associationProvider: null,
    clubs: [],
  };
}

function golfTenant(index: number): Identity {
  const [estate, town] = ESTATES[index % ESTATES.length] ?? ESTATES[0];
  const round = Math.floor(index / ESTATES.length);
  const name = round === 0 ? estate : `${estate} ${round + 1}`;
  const slug = name.toLowerCase().replaceAll(' ', '-');
  const code = `${estate.replaceAll(' ', '').slice(0, 6).toUpperCase()}${round === 0 ? '' : round + 1}`;
  return {
    id: demoId(`tenant:${slug}`),
    slug,
    displayName: `${name} Golf Club`,
    templatePack: 'CLUB',
    sclTenantCode: code,
    messagingTenantId: `msg-${slug}`,
    associationProvider: index % 3 === 0 ? 'dotgolf' : 'golfrsa',
    clubs: clubsOf(slug, code, name, town, 1 + (index % COURSES.length)),
  };
}

function clubsOf(slug: string, code: string, name: string, location: string, count: number): DemoClub[] {
  return COURSES.slice(0, count).map((course) => ({
    id: demoId(`club:${slug}:${course}`),
    clubCode: `${code}-${course.slice(0, 3).toUpperCase()}`,
    name: `${name} ${course}`,
    location,
    timezone: 'Africa/Johannesburg',
  }));
}
