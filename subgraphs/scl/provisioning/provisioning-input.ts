import { Type } from 'class-transformer';
import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { Name, SystemKey } from '../../../shared/input/rules';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';

const MAX_CLUBS_A_CALL = 100;

class SclClubToSetUp {
  @Name(200)
  name!: string;
}

export class TakeBackInSclRules extends RunOfTenantRules {
  @SystemKey()
  code!: string;
}

export class SetUpInSclRules extends TakeBackInSclRules {
  @Name(200)
  name!: string;

  @ArrayMaxSize(MAX_CLUBS_A_CALL, { message: `must have at most ${MAX_CLUBS_A_CALL} clubs` })
  @ValidateNested()
  @Type(() => SclClubToSetUp)
  clubs!: SclClubToSetUp[];
}
