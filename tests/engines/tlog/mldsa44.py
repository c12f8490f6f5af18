"""ML-DSA-44 after FIPS 204, deterministic and slow: the oracle for keys and signatures of type 0x06.

The installed library signs with fresh randomness only; published digests are over the deterministic
variant. Algorithm numbers are those of FIPS 204. Polynomials are rows of 256 numbers modulo Q.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Poly = NDArray[np.int64]

Q, D, TAU, ETA, OMEGA = 8_380_417, 13, 39, 2, 80
K = L = 4
GAMMA1, GAMMA2, BETA = 1 << 17, (Q - 1) // 88, TAU * ETA


def _reversed_bits(number: int) -> int:
    return int(f"{number:08b}"[::-1], 2)


ZETAS = np.array([pow(1753, _reversed_bits(n), Q) for n in range(256)], dtype=np.int64)


def shake256(data: bytes, size: int) -> bytes:
    return hashlib.shake_256(data).digest(size)


def ntt(rows: Poly) -> Poly:
    """Algorithm 41, for all rows at once."""
    out = rows.reshape(-1, 256) % Q
    blocks, length = 1, 128
    while length:
        pairs = out.reshape(len(out), blocks, 2, length)
        turned = ZETAS[blocks : 2 * blocks, None] * pairs[:, :, 1] % Q
        out = np.stack([pairs[:, :, 0] + turned, pairs[:, :, 0] - turned], axis=2).reshape(-1, 256) % Q
        blocks, length = blocks * 2, length // 2
    return out.reshape(rows.shape)


def inverse_ntt(rows: Poly) -> Poly:
    """Algorithm 42."""
    out = rows.reshape(-1, 256) % Q
    blocks, length = 128, 1
    while blocks:
        pairs = out.reshape(len(out), blocks, 2, length)
        zetas = -ZETAS[blocks : 2 * blocks][::-1, None]
        low, high = pairs[:, :, 0] + pairs[:, :, 1], zetas * (pairs[:, :, 0] - pairs[:, :, 1])
        out = np.stack([low, high], axis=2).reshape(-1, 256) % Q
        blocks, length = blocks // 2, length * 2
    return (out * pow(256, -1, Q) % Q).reshape(rows.shape)


def packed(rows: Poly, bits: int) -> bytes:
    """Algorithm 16: each number in `bits` bits, lowest first."""
    spread = rows.reshape(-1, 1) >> np.arange(bits) & 1
    return np.packbits(spread.astype(np.uint8).ravel(), bitorder="little").tobytes()


def unpacked(data: bytes, bits: int) -> Poly:
    spread = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little").reshape(-1, bits)
    return spread.astype(np.int64) @ (1 << np.arange(bits, dtype=np.int64))


def matrix(rho: bytes) -> Poly:
    """Algorithm 32: the matrix, in the transformed domain."""
    return np.stack([np.stack([_uniform(rho + bytes([s, r])) for s in range(L)]) for r in range(K)])


def _uniform(seed: bytes) -> Poly:
    raw = (
        np.frombuffer(hashlib.shake_128(seed).digest(3 * 400), dtype=np.uint8).reshape(-1, 3).astype(np.int64)
    )
    numbers = raw[:, 0] | raw[:, 1] << 8 | (raw[:, 2] & 0x7F) << 16
    return numbers[numbers < Q][:256]


def _short(seed: bytes) -> Poly:
    """Algorithm 31: a polynomial with coefficients from -2 to 2."""
    raw = np.frombuffer(shake256(seed, 400), dtype=np.uint8).astype(np.int64)
    nibbles = np.stack([raw & 15, raw >> 4], axis=1).ravel()
    return (ETA - nibbles[nibbles < 15] % 5)[:256]


def _centred(rows: Poly, modulus: int) -> Poly:
    """The residue nearest to zero, upper bound included."""
    low = rows % modulus
    return np.where(low > modulus // 2, low - modulus, low)


def decomposed(rows: Poly) -> tuple[Poly, Poly]:
    """Algorithm 36: high and low bits."""
    rows = rows % Q
    low = _centred(rows, 2 * GAMMA2)
    wraps = rows - low == Q - 1
    return np.where(wraps, 0, (rows - low) // (2 * GAMMA2)), low - wraps


def in_ball(seed: bytes) -> Poly:
    """Algorithm 29: the challenge, 39 ones with signs."""
    stream = iter(shake256(seed, 1024))
    signs = int.from_bytes(bytes(next(stream) for _ in range(8)), "little")
    out = np.zeros(256, dtype=np.int64)
    for at in range(256 - TAU, 256):
        place = next(byte for byte in stream if byte <= at)
        out[at] = out[place]
        out[place] = 1 - 2 * (signs >> (at + TAU - 256) & 1)
    return out


def largest(rows: Poly) -> int:
    return int(np.abs(_centred(rows, Q)).max())


def signed(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Public key and deterministic signature with empty context: algorithms 6, 2 and 7."""
    expanded = shake256(seed + bytes([K, L]), 128)
    rho, rho_prime, key = expanded[:32], expanded[32:96], expanded[96:]
    a = matrix(rho)
    s1, s2 = (
        np.stack([_short(rho_prime + (n + first).to_bytes(2, "little")) for n in range(4)])
        for first in (0, L)
    )
    s1_hat, s2_hat = ntt(s1), ntt(s2)
    t = (inverse_ntt((a * s1_hat).sum(axis=1) % Q) + s2) % Q
    t0 = _centred(t, 1 << D)
    public = rho + packed((t - t0) >> D, 10)
    mu = shake256(shake256(public, 64) + b"\0\0" + message, 64)
    mask_seed = shake256(key + bytes(32) + mu, 64)
    for y in _masks(mask_seed):
        w = inverse_ntt((a * ntt(y)).sum(axis=1) % Q)
        challenge = shake256(mu + packed(decomposed(w)[0], 6), 32)
        c_hat = ntt(in_ball(challenge))
        z = y + _centred(inverse_ntt(c_hat * s1_hat), Q)
        rest = w - inverse_ntt(c_hat * s2_hat)
        if largest(z) >= GAMMA1 - BETA or np.abs(decomposed(rest)[1]).max() >= GAMMA2 - BETA:
            continue
        ct0 = inverse_ntt(c_hat * ntt(t0))
        hints = decomposed(rest)[0] != decomposed(rest + ct0)[0]
        if largest(ct0) >= GAMMA2 or hints.sum() > OMEGA:
            continue
        return public, challenge + packed(GAMMA1 - z, 18) + _hints(hints)
    raise AssertionError("the masks never end")


def _masks(seed: bytes) -> Iterator[Poly]:
    """Algorithm 34, again and again."""
    for kappa in range(0, 1 << 16, L):
        rows = [unpacked(shake256(seed + (kappa + r).to_bytes(2, "little"), 576), 18) for r in range(L)]
        yield GAMMA1 - np.stack(rows)


def _hints(hints: NDArray[np.bool_]) -> bytes:
    """Algorithm 20."""
    places = [np.flatnonzero(row) for row in hints]
    ends = np.cumsum([len(row) for row in places])
    return bytes(np.concatenate(places).tolist()).ljust(OMEGA, b"\0") + bytes(ends.tolist())
