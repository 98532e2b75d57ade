import { IsIn, IsUUID } from 'class-validator';
import { IfGiven, Name, NewUuid, Optional, SystemKey, Text } from '../../../shared/input/rules';
import { IsTimezone } from '../../../shared/input/timezone';
import type { Club } from './club.entity';

const STATUSES: Club['status'][] = ['ACTIVE', 'INACTIVE'];
const STATUS_RULE = { message: `must be one of ${STATUSES.join(', ')}` };

export class CreateClubRules {
  @SystemKey()
  clubCode!: string;

  @Name(200)
  name!: string;

  @IsUUID('loose', { message: 'must be a UUID' })
  tenantId!: string;

  @Optional()
  @Name(200)
  location?: string | null;

  @Optional()
  @IsTimezone()
  timezone?: string | null;

  @Optional()
  @IsIn(STATUSES, STATUS_RULE)
  status?: Club['status'] | null;

  @Optional()
  @NewUuid()
  id?: string | null;
}

export class UpdateClubRules {
  @IfGiven()
  @SystemKey()
  clubCode?: string;

  @IfGiven()
  @Name(200)
  name?: string;

  @IfGiven()
  @IsIn(STATUSES, STATUS_RULE)
  status?: Club['status'];

  @Optional()
  @Name(200)
  location?: string | null;

  @IfGiven()
  @IsTimezone()
  timezone?: string;
}

export class ClubFilterRules {
  @Optional()
  @IsUUID('loose', { message: 'must be a UUID' })
  tenantId?: string | null;

  @Optional()
  @Text(200)
  text?: string | null;
}
