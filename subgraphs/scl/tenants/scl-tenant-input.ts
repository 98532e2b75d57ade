import { IfGiven, Name, NewUuid, Optional, SystemKey, Text } from '../../../shared/input/rules';

export class CreateSclTenantRules {
  @SystemKey()
  code!: string;

  @Name(200)
  name!: string;

  @Optional()
  @NewUuid()
  id?: string | null;
}

export class UpdateSclTenantRules {
  @IfGiven()
  @SystemKey()
  code?: string;

  @IfGiven()
  @Name(200)
  name?: string;
}

export class SclTenantFilterRules {
  @Optional()
  @Text(200)
  text?: string | null;
}
