import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clubs, each with the UUID of its tenant in Access Control (ADR-0003; B3). */
export class CreateClubs1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE teetime.club (
        id uuid CONSTRAINT club_pkey PRIMARY KEY,
        club_code text NOT NULL
          CONSTRAINT club_club_code_key UNIQUE
          CONSTRAINT club_club_code_form CHECK (club_code ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'),
        name text NOT NULL CONSTRAINT club_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        tenant_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'ACTIVE' CONSTRAINT club_status_known CHECK (status IN ('ACTIVE', 'INACTIVE')),
        location text CONSTRAINT club_location_length CHECK (char_length(location) BETWEEN 1 AND 200),
        timezone text NOT NULL DEFAULT 'Africa/Johannesburg'
          CONSTRAINT club_timezone_form CHECK (timezone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_by text NOT NULL
      )`);
    await runner.query('CREATE INDEX club_tenant_id_name ON teetime.club (tenant_id, name, id)');
    await runner.query('CREATE INDEX club_name ON teetime.club (name, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE teetime.club');
  }
}
