import { IsUUID } from 'class-validator';
import { IfGiven, Name, NewUuid, Optional } from '../../../shared/input/rules';

export class CreateSclClubRules {
  @IsUUID('loose', { message: 'must be a UUID' })
  sclTenantId!: string;

  @Name(200)
  name!: string;

  @Optional()
  @NewUuid()
  id?: string | null;
}

export class UpdateSclClubRules {
  @IfGiven()
  @Name(200)
  name?: string;
}
