import { Uuid } from '../input/rules';

/** Which run asks, and for which tenant. */
export class RunOfTenantRules {
  @Uuid()
  runId!: string;

  @Uuid()
  tenantId!: string;
}
