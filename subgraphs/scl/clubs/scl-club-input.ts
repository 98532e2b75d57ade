import { IsUUID } from 'class-validator';
import { IfGiven, Optional, Text } from '../../../shared/input/rules';

export class CreateSclClubRules {
  @IsUUID('loose', { message: 'must be a UUID' })
  sclTenantId!: string;

  @Text(200)
  name!: string;

  @Optional()
  @IsUUID('loose', { message: 'must be a UUID' })
  id?: string | null;
}

export class UpdateSclClubRules {
  @IfGiven()
  @Text(200)
  name?: string;
}
