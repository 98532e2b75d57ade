import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One tenant's row of the registry, column for column as ADR-0003 has it; its clubs are rows of their own. */
@Entity({ schema: 'access_control', name: 'tenant_registry' })
export class TenantRegistry {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @Column({ name: 'scl_tenant_code', type: 'text', nullable: true })
  sclTenantCode!: string | null;

  @Column({ name: 'scl_enabled', type: 'boolean', default: false })
  sclEnabled!: boolean;

  @Column({ name: 'teetime_enabled', type: 'boolean', default: false })
  teeTimeEnabled!: boolean;

  @Column({ name: 'messaging_tenant_id', type: 'text', nullable: true })
  messagingTenantId!: string | null;

  @Column({ name: 'messaging_enabled', type: 'boolean', default: false })
  messagingEnabled!: boolean;

  @Column({ name: 'crm_tenant_id', type: 'text', nullable: true })
  crmTenantId!: string | null;

  @Column({ name: 'crm_enabled', type: 'boolean', default: false })
  crmEnabled!: boolean;

  @Column({ name: 'billing_enabled', type: 'boolean', default: false })
  billingEnabled!: boolean;

  @Column({ name: 'payments_enabled', type: 'boolean', default: false })
  paymentsEnabled!: boolean;

  @Column({ name: 'payment_providers', type: 'text', array: true, default: '{}' })
  paymentProviders!: string[];

  @Column({ name: 'association_provider', type: 'text', nullable: true })
  associationProvider!: string | null;

  @Column({ name: 'association_member_id', type: 'text', nullable: true })
  associationMemberId!: string | null;

  @Column({ name: 'provisioned_at', type: 'timestamptz', precision: 3, nullable: true })
  provisionedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

/** A registry row with the ids of the tenant's TeeTime clubs, in the order in which they were added. */
export type RegistryEntry = TenantRegistry & { teeTimeClubIds: string[] };
