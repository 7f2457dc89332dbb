// Made from the types in src/inspect by `npm run generate`; change them, not this file.
import type { Shape } from './hold-shape.js';

export const serverShape: Shape = {
  is: 'object',
  of: {
    kind: { is: 'one-of', values: ['server'] },
    host: { is: 'text' },
    port: { is: 'number' },
    tls: { is: 'boolean' },
    versionNum: { is: 'number' },
    version: { is: 'text' },
    systemIdentifier: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
    inRecovery: { is: 'boolean' },
    position: { optional: true, is: 'object', of: { timeline: { is: 'number' }, lsn: { is: 'text' } } },
    provider: {
      is: 'either',
      of: [
        { is: 'null' },
        {
          is: 'one-of',
          values: [
            'rds',
            'aurora',
            'cloudsql',
            'alloydb',
            'azure',
            'supabase',
            'neon',
            'heroku',
            'digitalocean',
            'aiven',
            'crunchy',
          ],
        },
      ],
    },
    user: {
      is: 'object',
      of: {
        name: { is: 'text' },
        superuser: { is: 'boolean' },
        replication: { is: 'boolean' },
        createdb: { is: 'boolean' },
        createrole: { is: 'boolean' },
        bypassrls: { is: 'boolean' },
        subscribes: { is: 'boolean' },
        memberOf: { is: 'list', of: { is: 'text' } },
        canBecome: { is: 'list', of: { is: 'text' } },
      },
    },
    settings: {
      is: 'map',
      of: {
        is: 'object',
        of: {
          value: { is: 'text' },
          unit: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          context: {
            is: 'one-of',
            values: ['internal', 'postmaster', 'sighup', 'superuser', 'user', 'backend', 'superuser-backend'],
          },
          pendingRestart: { is: 'boolean' },
          fileValue: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        },
      },
    },
    altered: { is: 'either', of: [{ is: 'null' }, { is: 'map', of: { is: 'text' } }] },
    defaults: { is: 'either', of: [{ is: 'null' }, { is: 'map', of: { is: 'text' } }] },
    given: {
      is: 'map',
      of: {
        is: 'object',
        of: {
          value: { is: 'text' },
          unit: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          isDefault: { is: 'boolean' },
        },
      },
    },
    remembered: {
      is: 'either',
      of: [{ is: 'null' }, { is: 'object', of: { lineage: { is: 'text' }, settings: { is: 'object', of: {} } } }],
    },
    ownProblems: { is: 'list', of: { is: 'text' } },
    hba: {
      is: 'either',
      of: [
        { is: 'null' },
        {
          is: 'list',
          of: {
            is: 'object',
            of: {
              line: { is: 'number' },
              type: { is: 'text' },
              database: { is: 'list', of: { is: 'text' } },
              user: { is: 'list', of: { is: 'text' } },
              address: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
              netmask: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
              method: { is: 'text' },
              error: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
              options: { optional: true, is: 'either', of: [{ is: 'null' }, { is: 'list', of: { is: 'text' } }] },
              file: { optional: true, is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
            },
          },
        },
      ],
    },
    slots: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          name: { is: 'text' },
          database: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          plugin: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          active: { is: 'boolean' },
          temporary: { is: 'boolean' },
          walStatus: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          restartLsn: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          confirmedFlushLsn: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          retainedWalBytes: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
          lagBytes: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
        },
      },
    },
    walSendersInUse: { is: 'number' },
    standbys: {
      is: 'either',
      of: [
        { is: 'null' },
        {
          is: 'list',
          of: { is: 'object', of: { name: { is: 'text' }, streams: { is: 'boolean' }, waitedFor: { is: 'boolean' } } },
        },
      ],
    },
    connectionsInUse: { is: 'number' },
    clients: {
      is: 'object',
      of: {
        groups: {
          is: 'list',
          of: {
            is: 'object',
            of: {
              role: { is: 'text' },
              database: { is: 'text' },
              address: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
              transport: { is: 'one-of', values: ['tls', 'plain', 'gss', 'socket', 'unknown'] },
              certificate: { is: 'boolean' },
              applications: { is: 'list', of: { is: 'text' } },
              sessions: { is: 'number' },
            },
          },
        },
        total: { is: 'number' },
        seesOthers: { is: 'boolean' },
        serverAddress: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        listening: {
          is: 'list',
          of: { is: 'object', of: { role: { is: 'text' }, database: { is: 'text' }, sessions: { is: 'number' } } },
        },
        advisoryLocks: {
          is: 'list',
          of: { is: 'object', of: { role: { is: 'text' }, database: { is: 'text' }, locks: { is: 'number' } } },
        },
        locksHeld: { is: 'number' },
      },
    },
    databases: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          oid: { is: 'text' },
          name: { is: 'text' },
          owner: { is: 'text' },
          encoding: { is: 'text' },
          collate: { is: 'text' },
          ctype: { is: 'text' },
          localeProvider: { is: 'text' },
          locale: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          icuRules: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          collationVersion: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          actualCollationVersion: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          isTemplate: { is: 'boolean' },
          allowsConnections: { is: 'boolean' },
          connectionLimit: { is: 'number' },
          tablespace: { is: 'text' },
          bytes: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
          canConnect: { is: 'boolean' },
          acl: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          grants: {
            is: 'either',
            of: [
              { is: 'null' },
              {
                is: 'list',
                of: {
                  is: 'object',
                  of: {
                    grantee: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
                    grantor: { is: 'text' },
                    privilege: { is: 'text' },
                    grantable: { is: 'boolean' },
                  },
                },
              },
            ],
          },
          roleSettings: {
            is: 'list',
            of: {
              is: 'object',
              of: { role: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] }, setting: { is: 'text' } },
            },
          },
          comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        },
      },
    },
    roles: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          name: { is: 'text' },
          superuser: { is: 'boolean' },
          inherit: { is: 'boolean' },
          createrole: { is: 'boolean' },
          createdb: { is: 'boolean' },
          canLogin: { is: 'boolean' },
          replication: { is: 'boolean' },
          bypassrls: { is: 'boolean' },
          connectionLimit: { is: 'number' },
          validUntil: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          passwordDigest: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          passwordForm: { optional: true, is: 'one-of', values: ['scram', 'md5', 'none'] },
          expired: { optional: true, is: 'boolean' },
          settings: { is: 'list', of: { is: 'text' } },
          memberOf: {
            is: 'list',
            of: {
              is: 'object',
              of: {
                role: { is: 'text' },
                admin: { is: 'boolean' },
                inherit: { is: 'either', of: [{ is: 'null' }, { is: 'boolean' }] },
                set: { is: 'either', of: [{ is: 'null' }, { is: 'boolean' }] },
                grantor: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
              },
            },
          },
        },
      },
    },
    tablespaces: { is: 'list', of: { is: 'object', of: { name: { is: 'text' }, location: { is: 'text' } } } },
    subscriptions: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          name: { is: 'text' },
          database: { is: 'text' },
          owner: { is: 'text' },
          enabled: { is: 'boolean' },
          slot: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          publications: { is: 'list', of: { is: 'text' } },
          workerPid: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
          latestEndLsn: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          appliedLsn: { optional: true, is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          applyErrors: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
          failure: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          dials: { optional: true, is: 'one-of', values: ['as-the-spec', 'elsewhere'] },
        },
      },
    },
    writers: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          kind: { is: 'one-of', values: ['transaction', 'prepared'] },
          pid: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
          gid: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          user: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          database: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          ageSeconds: { is: 'number' },
          query: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        },
      },
    },
    snapshot: { is: 'text' },
    clockSkewMs: { is: 'number' },
    roundTripMs: { is: 'number' },
    answerMs: { is: 'number' },
    pooler: {
      is: 'either',
      of: [
        { is: 'null' },
        { is: 'object', of: { kind: { is: 'text' }, server: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] } } },
      ],
    },
    freeDiskBytes: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
    xidsLeft: { is: 'number' },
    startedAt: { is: 'text' },
    alterSystem: {
      is: 'either',
      of: [
        { is: 'list', of: { is: 'text' } },
        { is: 'one-of', values: ['all'] },
      ],
    },
    canReload: { is: 'boolean' },
    canWriteFiles: { is: 'boolean' },
    canSetReplicationRole: { is: 'boolean' },
    memoryBytes: { is: 'either', of: [{ is: 'null' }, { is: 'number' }] },
    hbaFile: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
    availableExtensions: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          name: { is: 'text' },
          defaultVersion: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          versions: { is: 'list', of: { is: 'text' } },
          needsSuperuser: { is: 'boolean' },
          comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        },
      },
    },
    locales: { is: 'list', of: { is: 'text' } },
    parameterGrants: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          grantee: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          grantor: { is: 'text' },
          privilege: { is: 'text' },
          grantable: { is: 'boolean' },
          parameter: { is: 'text' },
        },
      },
    },
    canReadPasswords: { is: 'boolean' },
    recorders: { is: 'list', of: { is: 'object', of: { name: { is: 'text' }, value: { is: 'text' } } } },
    settingsForAll: { is: 'list', of: { is: 'text' } },
    refusedSettings: { is: 'list', of: { is: 'object', of: { setting: { is: 'text' }, message: { is: 'text' } } } },
  },
};

export const contentsShape: Shape = {
  is: 'object',
  of: {
    tables: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          oid: { is: 'text' },
          schema: { is: 'text' },
          name: { is: 'text' },
          kind: { is: 'one-of', values: ['r', 'p'] },
          persistence: { is: 'one-of', values: ['p', 'u', 't'] },
          owner: { is: 'text' },
          accessMethod: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          isPartition: { is: 'boolean' },
          rowEstimate: { is: 'number' },
          heapBytes: { is: 'number' },
          dataBytes: { is: 'number' },
          indexBytes: { is: 'number' },
          indexCount: { is: 'number' },
          columns: {
            is: 'list',
            of: {
              is: 'object',
              of: {
                name: { is: 'text' },
                number: { optional: true, is: 'number' },
                type: { is: 'text' },
                notNull: { is: 'boolean' },
                generated: { is: 'text' },
                identity: { is: 'text' },
                binarySafe: { is: 'boolean' },
              },
            },
          },
          replicaIdentity: { is: 'one-of', values: ['d', 'n', 'f', 'i'] },
          identityUsable: { is: 'boolean' },
          hasPrimaryKey: { is: 'boolean' },
          usablePrimaryKey: { is: 'boolean' },
          usableIdentityIndex: { is: 'boolean' },
          generatedInPrimaryKey: { is: 'list', of: { is: 'text' } },
          generatedInIdentityIndex: { is: 'list', of: { is: 'text' } },
          generatedColumns: { is: 'list', of: { is: 'text' } },
          columnsWithoutEquality: { is: 'list', of: { is: 'text' } },
          rowSecurity: { is: 'boolean' },
          rowSecurityForced: { is: 'boolean' },
          canSelect: { is: 'boolean' },
          canLock: { is: 'boolean' },
          isOwner: { is: 'boolean' },
          extension: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          extensionConfiguration: { is: 'boolean' },
          hasRows: { is: 'either', of: [{ is: 'null' }, { is: 'boolean' }] },
          alwaysTriggers: { is: 'list', of: { is: 'text' } },
          fence: { optional: true, is: 'one-of', values: ['up', 'disabled'] },
          foreignKeys: { is: 'number' },
          inScope: { is: 'boolean' },
          partitionOf: {
            is: 'either',
            of: [{ is: 'null' }, { is: 'object', of: { schema: { is: 'text' }, name: { is: 'text' } } }],
          },
          partitionKey: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          partitionBound: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          identityCandidate: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          tablespace: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          definedAt: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        },
      },
    },
    sequences: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          oid: { optional: true, is: 'text' },
          schema: { is: 'text' },
          name: { is: 'text' },
          canSelect: { is: 'boolean' },
          increment: { is: 'text' },
          min: { is: 'text' },
          max: { is: 'text' },
          cycles: { is: 'boolean' },
          lastValue: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          inScope: { is: 'boolean' },
          withoutOwner: { is: 'boolean' },
          feeds: {
            is: 'either',
            of: [
              { is: 'null' },
              {
                is: 'object',
                of: {
                  schema: { is: 'text' },
                  table: { is: 'text' },
                  column: { is: 'text' },
                  identity: { is: 'boolean' },
                },
              },
            ],
          },
        },
      },
    },
    extensions: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          name: { is: 'text' },
          version: { is: 'text' },
          schema: { is: 'text' },
          comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
          relocatable: { is: 'boolean' },
          usedBy: { is: 'list', of: { is: 'text' } },
        },
      },
    },
    publications: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          name: { is: 'text' },
          owner: { is: 'text' },
          allTables: { is: 'boolean' },
          schemas: { is: 'list', of: { is: 'text' } },
          tables: {
            is: 'list',
            of: { is: 'object', of: { oid: { is: 'text' }, schema: { is: 'text' }, name: { is: 'text' } } },
          },
          comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
        },
      },
    },
    schemas: {
      is: 'list',
      of: { is: 'object', of: { name: { is: 'text' }, owner: { is: 'text' }, canUse: { is: 'boolean' } } },
    },
    providersOwn: {
      is: 'object',
      of: { schemas: { is: 'list', of: { is: 'text' } }, extensions: { is: 'list', of: { is: 'text' } } },
    },
    languages: { is: 'list', of: { is: 'text' } },
    materializedViews: {
      is: 'list',
      of: {
        is: 'object',
        of: { schema: { is: 'text' }, name: { is: 'text' }, populated: { is: 'boolean' }, bytes: { is: 'number' } },
      },
    },
    foreignTables: { is: 'list', of: { is: 'object', of: { schema: { is: 'text' }, name: { is: 'text' } } } },
    largeObjects: { is: 'number' },
    canReadLargeObjects: { is: 'boolean' },
    eventTriggers: {
      is: 'list',
      of: { is: 'object', of: { name: { is: 'text' }, enabled: { is: 'text' }, event: { is: 'text' } } },
    },
    usersCode: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          kind: {
            is: 'one-of',
            values: [
              'check',
              'domain',
              'event trigger',
              'foreign key',
              'generated column',
              'index',
              'partition key',
              'trigger',
            ],
          },
          name: { is: 'text' },
          table: {
            is: 'either',
            of: [{ is: 'null' }, { is: 'object', of: { schema: { is: 'text' }, name: { is: 'text' } } }],
          },
          function: { is: 'text' },
          owner: { is: 'text' },
        },
      },
    },
    carriedSecrets: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          kind: { is: 'one-of', values: ['server', 'user mapping', 'foreign-data wrapper', 'subscription'] },
          name: { is: 'text' },
          readable: { is: 'boolean' },
        },
      },
    },
    plannedWithCode: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          schema: { is: 'text' },
          name: { is: 'text' },
          calls: { is: 'list', of: { is: 'object', of: { function: { is: 'text' }, owner: { is: 'text' } } } },
        },
      },
    },
    progress: {
      is: 'either',
      of: [
        { is: 'null' },
        {
          is: 'object',
          of: {
            parts: {
              is: 'list',
              of: {
                is: 'object',
                of: {
                  lane: { is: 'number' },
                  schema: { is: 'text' },
                  name: { is: 'text' },
                  sourceOid: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
                  part: { is: 'number' },
                  parts: { is: 'number' },
                  rows: { is: 'number' },
                  bytes: { is: 'number' },
                },
              },
            },
            stages: {
              is: 'object',
              of: {
                done: {
                  is: 'set',
                  of: {
                    is: 'one-of',
                    values: [
                      'created',
                      'schema',
                      'copy',
                      'indexes',
                      'constraints',
                      'analyze',
                      'settings',
                      'handed over',
                      'last switch',
                      'left shut',
                    ],
                  },
                },
                subscribed: { is: 'set', of: { is: 'number' } },
                leaving: { is: 'set', of: { is: 'number' } },
                moment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
              },
            },
            lastSwitch: {
              is: 'either',
              of: [
                { is: 'null' },
                {
                  is: 'object',
                  of: {
                    lineage: { is: 'text' },
                    reached: { is: 'one-of', values: ['prepared', 'synced', 'cutover', 'ready'] },
                    goal_by_flag: {
                      is: 'either',
                      of: [{ is: 'null' }, { is: 'one-of', values: ['prepared', 'synced', 'cutover', 'ready'] }],
                    },
                    settings: { is: 'object', of: {} },
                    cutover: {
                      is: 'object',
                      of: {
                        state: { is: 'one-of', values: ['finished'] },
                        event: { is: 'one-of', values: ['cutover', 'failback'] },
                        write_stop_ms: { is: 'number' },
                        parts: { is: 'object', of: {} },
                        finished_at: { is: 'text' },
                        compared: {
                          optional: true,
                          is: 'object',
                          of: { tables: { is: 'number' }, rows: { is: 'number' }, not_compared: { is: 'number' } },
                        },
                        stood: { optional: true, is: 'object', of: {} },
                        block: {
                          is: 'list',
                          of: {
                            is: 'object',
                            of: {
                              database: { is: 'text' },
                              readOnly: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
                              connect: { is: 'list', of: { is: 'text' } },
                              grants: {
                                optional: true,
                                is: 'list',
                                of: {
                                  is: 'object',
                                  of: {
                                    grantee: { is: 'text' },
                                    grantor: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
                                    grantable: { is: 'boolean' },
                                  },
                                },
                              },
                              keeps: { optional: true, is: 'text' },
                              granted: { optional: true, is: 'text' },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              ],
            },
            pairs: {
              optional: true,
              is: 'object',
              of: {
                tables: {
                  is: 'list',
                  of: {
                    is: 'object',
                    of: {
                      columns: {
                        is: 'list',
                        of: { is: 'object', of: { source: { is: 'number' }, target: { is: 'number' } } },
                      },
                      source: { is: 'text' },
                      target: { is: 'text' },
                    },
                  },
                },
                sequences: { is: 'list', of: { is: 'object', of: { source: { is: 'text' }, target: { is: 'text' } } } },
              },
            },
            leftShut: {
              optional: true,
              is: 'object',
              of: {
                lineage: { is: 'text' },
                shut: {
                  is: 'object',
                  of: {
                    side: { is: 'one-of', values: ['source', 'target'] },
                    block: {
                      is: 'list',
                      of: {
                        is: 'object',
                        of: {
                          database: { is: 'text' },
                          readOnly: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
                          connect: { is: 'list', of: { is: 'text' } },
                          grants: {
                            optional: true,
                            is: 'list',
                            of: {
                              is: 'object',
                              of: {
                                grantee: { is: 'text' },
                                grantor: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
                                grantable: { is: 'boolean' },
                              },
                            },
                          },
                          keeps: { optional: true, is: 'text' },
                          granted: { optional: true, is: 'text' },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      ],
    },
    references: { is: 'list', of: { is: 'tuple', of: [{ is: 'text' }, { is: 'text' }] } },
    hashedApart: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          schema: { is: 'text' },
          name: { is: 'text' },
          key: { is: 'text' },
          by: { is: 'one-of', values: ['hash', 'range'] },
        },
      },
    },
    notValidConstraints: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          schema: { is: 'text' },
          table: { is: 'text' },
          name: { is: 'text' },
          kind: { is: 'one-of', values: ['check', 'foreign-key', 'not-null'] },
        },
      },
    },
    violatedConstraints: {
      is: 'list',
      of: {
        is: 'object',
        of: {
          schema: { is: 'text' },
          table: { is: 'text' },
          name: { is: 'text' },
          kind: { is: 'one-of', values: ['check', 'foreign-key'] },
          validated: { is: 'boolean' },
          looked: { is: 'boolean' },
          rowsQuery: { is: 'text' },
        },
      },
    },
    pgmSchema: {
      is: 'either',
      of: [
        { is: 'null' },
        {
          is: 'object',
          of: {
            comment: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
            relations: { is: 'list', of: { is: 'text' } },
          },
        },
      ],
    },
    ownProblems: { is: 'list', of: { is: 'text' } },
    dependants: {
      is: 'list',
      of: { is: 'object', of: { kind: { is: 'text' }, name: { is: 'text' }, isTable: { is: 'boolean' } } },
    },
    invalidIndexes: {
      is: 'list',
      of: { is: 'object', of: { schema: { is: 'text' }, table: { is: 'text' }, name: { is: 'text' } } },
    },
    securityLabels: { is: 'list', of: { is: 'object', of: { provider: { is: 'text' }, objects: { is: 'number' } } } },
    superuserObjects: { is: 'list', of: { is: 'object', of: { kind: { is: 'text' }, name: { is: 'text' } } } },
    largeObjectBytes: { is: 'number' },
    aivenExtras: {
      is: 'either',
      of: [
        { is: 'null' },
        {
          is: 'object',
          of: {
            version: { is: 'text' },
            callable: { is: 'list', of: { is: 'text' } },
            refused: { is: 'list', of: { is: 'text' } },
          },
        },
      ],
    },
    namedTypes: { is: 'object', of: { enums: { is: 'number' }, domains: { is: 'number' }, ranges: { is: 'number' } } },
    canCreate: { is: 'boolean' },
    hasUserObjects: { is: 'boolean' },
    subscriptionComments: { is: 'object', of: {} },
    subscribedTables: { is: 'object', of: {} },
  },
};
