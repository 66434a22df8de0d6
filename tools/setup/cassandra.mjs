import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBeside, publish } from './beside.mjs'
import { inputHash } from './input-hash.mjs'
import { ROOT, SETUP_DIR } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { step } from './step.mjs'
import { ensureProgram } from './system-programs.mjs'

/*
 * Cassandra for the tests: its jars from Maven Central (67 MB, some 30 s), kept until conf/cassandra/pom.xml changes.
 * The project's binary archives are not there.
 */

const POM = 'conf/cassandra/pom.xml'
const STAMP = '.pom'
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies'
/** On a slow line. What came by then Maven keeps: the next run goes on from there. */
const FETCH_TIMEOUT_MS = 4 * 60_000
/** Cassandra 5 runs on 11 and 17; what we give the virtual machine is for 17. */
const JAVA_MIN = 17
const PROBE_TIMEOUT_MS = 20_000

/** @typedef {{ kind: 'ready', java: string, lib: string } | { kind: 'absent', reason: string, remedy: string }} Cassandra */

/** @returns {Promise<Cassandra>} */
export async function ensureCassandra() {
  const java = await ensureProgram({
    names: ['java'],
    aptPackage: 'openjdk-17-jre-headless',
    title: 'Java 17',
  })
  if (java.kind === 'absent') return java
  const version = await javaVersion(java.path)
  if (version < JAVA_MIN) {
    return {
      kind: 'absent',
      reason: `${java.path} is Java ${version}, and Cassandra is run on ${JAVA_MIN} or newer`,
      remedy: 'apt install openjdk-17-jre-headless, and put it first on the PATH',
    }
  }
  const home = join(SETUP_DIR, 'cassandra')
  const ready = /** @type {const} */ ({ kind: 'ready', java: java.path, lib: join(home, 'lib') })
  const hash = inputHash(ROOT, [POM])
  const stamp = join(home, STAMP)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return ready
  const maven = await ensureProgram({ names: ['mvn'], aptPackage: 'maven', title: 'Maven' })
  if (maven.kind === 'absent') return maven
  const failure = await step(`Cassandra ${pomVersion()} (Maven Central, 67 MB)`, () =>
    fetchJars(maven.path, home, hash),
  )
  return failure ?? ready
}

/**
 * @param {string} maven
 * @param {string} home
 * @param {string} hash
 * @returns {Promise<Cassandra | undefined>} why it failed
 */
async function fetchJars(maven, home, hash) {
  const beside = await makeBeside()
  const args = ['-B', '-q', '-f', join(ROOT, POM), COPY, '-DincludeScope=runtime']
  const { code, output } = await runCommand(maven, [...args, `-DoutputDirectory=${beside}/lib`], {
    timeoutMs: FETCH_TIMEOUT_MS,
  })
  if (code === 0) {
    await writeFile(join(beside, STAMP), hash)
    await publish(beside, home)
    return undefined
  }
  await rm(beside, { recursive: true, force: true })
  const line = output.split('\n').find((one) => one.includes('ERROR')) ?? output.trim()
  return {
    kind: 'absent',
    reason: `the jars of Cassandra could not be fetched: ${line.slice(0, 300)}`,
    remedy: 'see that Maven reaches its repository (~/.m2/settings.xml), then run it again',
  }
}

/** @param {string} java */
async function javaVersion(java) {
  const { output } = await runCommand(java, ['-version'], { timeoutMs: PROBE_TIMEOUT_MS })
  return Number(/version "(?:1\.)?(\d+)/.exec(output)?.[1] ?? 0)
}

function pomVersion() {
  return /<cassandra\.version>(.*)</.exec(readFileSync(join(ROOT, POM), 'utf8'))?.[1] ?? ''
}
