import { IsBoolean } from 'class-validator';
import {
  Email,
  IfGiven,
  Name,
  NewUuid,
  Optional,
  PhoneNumber,
  SystemKey,
  Text,
} from '../../../shared/input/rules';

class ContactDetailsRules {
  @Optional()
  @Email()
  email?: string | null;

  @Optional()
  @PhoneNumber()
  phoneNumber?: string | null;

  @Optional()
  @Name(100)
  firstName?: string | null;

  @Optional()
  @Name(100)
  lastName?: string | null;
}

export class CreateContactRules extends ContactDetailsRules {
  @SystemKey()
  messagingTenantId!: string;

  @Optional()
  @IsBoolean()
  emailOptIn?: boolean | null;

  @Optional()
  @IsBoolean()
  smsOptIn?: boolean | null;

  @Optional()
  @IsBoolean()
  pushOptIn?: boolean | null;

  @Optional()
  @IsBoolean()
  whatsappOptIn?: boolean | null;

  @Optional()
  @NewUuid()
  id?: string | null;
}

export class UpdateContactRules extends ContactDetailsRules {
  @IfGiven()
  @IsBoolean()
  emailOptIn?: boolean;

  @IfGiven()
  @IsBoolean()
  smsOptIn?: boolean;

  @IfGiven()
  @IsBoolean()
  pushOptIn?: boolean;

  @IfGiven()
  @IsBoolean()
  whatsappOptIn?: boolean;
}

export class ContactFilterRules {
  @Optional()
  @Email()
  email?: string | null;

  @Optional()
  @PhoneNumber()
  phoneNumber?: string | null;

  @Optional()
  @Text(200)
  text?: string | null;
}
