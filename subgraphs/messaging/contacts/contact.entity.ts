import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The database checks that one of `email` and `phoneNumber` is there. */
@Entity({ schema: 'messaging', name: 'contact' })
export class Contact {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** What the registry holds as `messagingTenantId`. */
  @Column({ name: 'messaging_tenant_id', type: 'text' })
  messagingTenantId!: string;

  /** In lower case. */
  @Column({ type: 'text', nullable: true })
  email!: string | null;

  /** E.164. */
  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber!: string | null;

  @Column({ name: 'first_name', type: 'text', nullable: true })
  firstName!: string | null;

  @Column({ name: 'last_name', type: 'text', nullable: true })
  lastName!: string | null;

  @Column({ name: 'email_opt_in', type: 'boolean', default: false })
  emailOptIn!: boolean;

  @Column({ name: 'sms_opt_in', type: 'boolean', default: false })
  smsOptIn!: boolean;

  @Column({ name: 'push_opt_in', type: 'boolean', default: false })
  pushOptIn!: boolean;

  @Column({ name: 'whatsapp_opt_in', type: 'boolean', default: false })
  whatsappOptIn!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;
}
