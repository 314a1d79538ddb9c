import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RayJobs, RayRefusalError, RayUnreachableError } from './rayJobs.ts';
import { FakeRay } from './testing/fakeRay.ts';

let ray: FakeRay;
let jobs: RayJobs;
beforeEach(async () => {
  ray = new FakeRay();
  await ray.comeBack();
  jobs = new RayJobs(ray.address);
});
afterEach(() => ray.vanish());

const request = {
  ...{ id: 'c-full-seed1.1', entrypoint: 'exec node run.js' },
  ...{ cpus: 1, gpus: 0.5, environment: { NAME: 'value' } },
};

describe('RayJobs', () => {
  it('tells the version', async () => {
    expect(await jobs.version()).toBe('2.60.0');
  });

  it('submits what Ray documents, and not as a browser', async () => {
    await jobs.submit(request);
    expect(ray.asked[0]!.body).toEqual({
      submission_id: 'c-full-seed1.1',
      entrypoint: 'exec node run.js',
      entrypoint_num_cpus: 1,
      entrypoint_num_gpus: 0.5,
      runtime_env: { env_vars: { NAME: 'value' } },
    });
    expect(ray.jobs.get('c-full-seed1.1')).toBe('pending');
  });

  it('makes one job of the same submission id twice', async () => {
    await jobs.submit(request);
    await jobs.submit(request);
    expect(ray.submissions()).toHaveLength(2);
    expect(await jobs.list()).toHaveLength(1);
  });

  it.each([
    ['pending', 'PENDING', null, null],
    ['running', 'RUNNING', null, null],
    ['succeeded', 'SUCCEEDED', null, 0],
    ['failed', 'FAILED', 'JOB_ENTRYPOINT_COMMAND_ERROR', 3],
    ['killed', 'FAILED', 'JOB_ENTRYPOINT_COMMAND_ERROR', -9],
    ['noProgram', 'FAILED', 'JOB_ENTRYPOINT_COMMAND_ERROR', 127],
    ['stopped', 'STOPPED', null, null],
    ['supervisorDied', 'FAILED', 'JOB_SUPERVISOR_ACTOR_DIED', null],
    ['notStarted', 'FAILED', 'JOB_SUPERVISOR_ACTOR_START_FAILURE', null],
    ['noRoom', 'FAILED', 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT', null],
  ])('understands a job that is %s', async (state, status, errorType, exitCode) => {
    ray.jobs.set('a.1', state);
    const job = { id: 'a.1', status, errorType, exitCode };
    expect(await jobs.find('a.1')).toMatchObject(job);
    // A program that has connected by itself is left out.
    expect(await jobs.list()).toEqual([expect.objectContaining(job)]);
  });

  it('knows what Ray does not know, and escapes names', async () => {
    expect(await jobs.find('a/b?.1')).toBeNull();
    expect(ray.asked[0]!.path).toBe('/api/jobs/a%2Fb%3F.1');
    await jobs.stop('nobody');
  });

  it('reads logs and stops', async () => {
    ray.jobs.set('a.1', 'running');
    expect(await jobs.logs('a.1')).toMatch(/no memory\n$/);
    await jobs.stop('a.1');
    expect(await jobs.find('a.1')).toMatchObject({ status: 'STOPPED' });
    await jobs.stop('a.1');
  });

  it('tells answers that are no from those that are missing', async () => {
    ray.nextAnswers.push('badRequest');
    const refused = jobs.submit(request);
    await expect(refused).rejects.toThrow(RayRefusalError);
    await expect(refused).rejects.toThrow(/\(400\).*entrypoint_num_cpus must be a number/);
    // Whatever stands before Ray knows nothing of jobs: none is lost by that.
    ray.nextAnswers.push('noPath');
    await expect(jobs.find('a.1')).rejects.toThrow(RayUnreachableError);
    await ray.vanish();
    const unanswered = jobs.find('a.1');
    await expect(unanswered).rejects.toThrow(RayUnreachableError);
    await expect(unanswered).rejects.toThrow(/127\.0\.0\.1:\d+\/ does not answer \(ECONN\w+\)/);
  });

  it('sends the token where there is one, and names it where it is missing', async () => {
    ray.token = 'secret';
    await expect(jobs.list()).rejects.toThrow(/\(401\).*Missing.*RAY_AUTH_TOKEN/);
    expect(await new RayJobs(ray.address, { token: 'secret' }).list()).toEqual([]);
  });

  it('asks below the path of a proxy', async () => {
    const below = new RayJobs(new URL('/cluster', ray.address));
    await expect(below.find('a.1')).rejects.toThrow(RayUnreachableError);
    expect(ray.asked[0]!.path).toBe('/cluster/api/jobs/a.1');
  });
});
