-- Keeps a challenge.
--
-- KEYS  1 the challenge
-- ARGV  1 the record (JSON); 2 how long it lives (ms)
-- Returns 1.
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'tries', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
