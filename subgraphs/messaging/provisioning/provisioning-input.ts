import { IsIn } from 'class-validator';
import { Optional, SystemKey } from '../../../shared/input/rules';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';
import { MESSAGING_PROVIDERS, type MessagingProvider } from '../tenants/messaging-tenant.entity';

export class TakeBackInMessagingRules extends RunOfTenantRules {
  @SystemKey()
  messagingTenantId!: string;
}

export class SetUpInMessagingRules extends TakeBackInMessagingRules {
  @Optional()
  @IsIn([...MESSAGING_PROVIDERS], { message: `must be one of ${MESSAGING_PROVIDERS.join(', ')}` })
  provider?: MessagingProvider | null;
}
