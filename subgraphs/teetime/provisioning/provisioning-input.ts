import { Type } from 'class-transformer';
import { ArrayMaxSize, IsUUID, ValidateNested } from 'class-validator';
import { Name, Optional, SystemKey } from '../../../shared/input/rules';
import { IsTimezone } from '../../../shared/input/timezone';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';

const MAX_CLUBS_A_CALL = 100;
const FEW_CLUBS = { message: `must have at most ${MAX_CLUBS_A_CALL} clubs` };

class ClubToSetUp {
  @SystemKey()
  clubCode!: string;

  @Name(200)
  name!: string;

  @Optional()
  @Name(200)
  location?: string | null;

  @Optional()
  @IsTimezone()
  timezone?: string | null;
}

export class SetUpInTeeTimeRules extends RunOfTenantRules {
  @ArrayMaxSize(MAX_CLUBS_A_CALL, FEW_CLUBS)
  @ValidateNested()
  @Type(() => ClubToSetUp)
  clubs!: ClubToSetUp[];

  @ArrayMaxSize(MAX_CLUBS_A_CALL, FEW_CLUBS)
  @IsUUID('loose', { each: true, message: 'each must be a UUID' })
  clubIds!: string[];
}
