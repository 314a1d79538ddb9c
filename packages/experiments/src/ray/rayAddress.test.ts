import { describe, expect, it } from '@jest/globals';
import { isLoopback, rayAddress } from './rayAddress.ts';

describe('rayAddress', () => {
  it.each([
    ['http://127.0.0.1:8265', true],
    ['http://localhost:8265', true],
    ['http://[::1]:8265', true],
    ['http://10.0.0.1:8265', false],
    ['https://ray.example.org/cluster', false],
    ['http://127.0.0.1.example.org', false],
  ])('reads %s, on loopback: %s', (text, isHere) => {
    expect(isLoopback(rayAddress(text))).toBe(isHere);
  });

  it.each([
    ['ray://head:10001', /address of Ray Client; expected .*http:\/\/127\.0\.0\.1:8265/],
    ['127.0.0.1:8265', /expected the address of the dashboard.*got "127/],
    ['ftp://head', /expected the address/],
    ['http://me:secret@head:8265', /RAY_AUTH_TOKEN/],
    ['http://head:8265/#/jobs', /without \? and #/],
  ])('refuses %s', (text, message) => {
    expect(() => rayAddress(text)).toThrow(message);
  });
});
