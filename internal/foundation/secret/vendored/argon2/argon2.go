// Copyright 2017 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

// Package argon2 is Argon2id (RFC 9106) with one lane over memory that is used
// again: see SOURCE.md for what differs from golang.org/x/crypto/argon2.
package argon2

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"
)

// Version is the Argon2 version implemented by this package.
const Version = 0x13

const argon2id = 2

const (
	blockLength = 128
	syncPoints  = 4
)

type block [blockLength]uint64

// Memory is what one hash works in. It holds what was derived from the last
// password; it is for one hash at a time.
type Memory struct {
	blocks []block
}

// NewMemory makes the memory for hashes of a cost of kib KiB, at least 8 and a
// multiple of 4.
func NewMemory(kib uint32) *Memory { return &Memory{blocks: make([]block, kib)} }

// IDKey derives a key from the password and the salt with Argon2id in one lane.
// passes is the number of passes over the memory.
func IDKey(m *Memory, password, salt []byte, passes, keyLen uint32) []byte {
	h0 := initHash(password, salt, passes, uint32(len(m.blocks)), keyLen)
	initBlocks(m.blocks, &h0)
	processBlocks(m.blocks, passes)
	return extractKey(m.blocks, keyLen)
}

func initHash(password, salt []byte, time, memory, keyLen uint32) [blake2b.Size + 8]byte {
	var (
		h0     [blake2b.Size + 8]byte
		params [24]byte
		tmp    [4]byte
	)

	b2, _ := blake2b.New512(nil)
	binary.LittleEndian.PutUint32(params[0:4], 1)
	binary.LittleEndian.PutUint32(params[4:8], keyLen)
	binary.LittleEndian.PutUint32(params[8:12], memory)
	binary.LittleEndian.PutUint32(params[12:16], time)
	binary.LittleEndian.PutUint32(params[16:20], uint32(Version))
	binary.LittleEndian.PutUint32(params[20:24], uint32(argon2id))
	b2.Write(params[:])
	binary.LittleEndian.PutUint32(tmp[:], uint32(len(password)))
	b2.Write(tmp[:])
	b2.Write(password)
	binary.LittleEndian.PutUint32(tmp[:], uint32(len(salt)))
	b2.Write(tmp[:])
	b2.Write(salt)
	binary.LittleEndian.PutUint32(tmp[:], 0)
	b2.Write(tmp[:])
	b2.Write(tmp[:])
	b2.Sum(h0[:0])
	return h0
}

func initBlocks(B []block, h0 *[blake2b.Size + 8]byte) {
	var block0 [1024]byte
	for j := range uint32(2) {
		binary.LittleEndian.PutUint32(h0[blake2b.Size:], j)
		blake2bHash(block0[:], h0[:])
		for i := range B[j] {
			B[j][i] = binary.LittleEndian.Uint64(block0[i*8:])
		}
	}
}

func processBlocks(B []block, time uint32) {
	lanes := uint32(len(B))
	segments := lanes / syncPoints
	for n := range time {
		for slice := range uint32(syncPoints) {
			processSegment(B, time, lanes, segments, n, slice)
		}
	}
}

func processSegment(B []block, time, lanes, segments, n, slice uint32) {
	var addresses, in, zero block
	independent := n == 0 && slice < syncPoints/2
	if independent {
		in[2] = uint64(slice)
		in[3] = uint64(lanes)
		in[4] = uint64(time)
		in[5] = uint64(argon2id)
	}

	index := uint32(0)
	if n == 0 && slice == 0 {
		index = 2 // we have already generated the first two blocks
		in[6]++
		processBlock(&addresses, &in, &zero)
		processBlock(&addresses, &addresses, &zero)
	}

	offset := slice*segments + index
	var random uint64
	for index < segments {
		prev := offset - 1
		if index == 0 && slice == 0 {
			prev += lanes // last block in lane
		}
		if independent {
			if index%blockLength == 0 {
				in[6]++
				processBlock(&addresses, &in, &zero)
				processBlock(&addresses, &addresses, &zero)
			}
			random = addresses[index%blockLength]
		} else {
			random = B[prev][0]
		}
		ref := indexAlpha(random, lanes, segments, n, slice, index)
		if n == 0 {
			processBlock(&B[offset], &B[prev], &B[ref])
		} else {
			processBlockXOR(&B[offset], &B[prev], &B[ref])
		}
		index, offset = index+1, offset+1
	}
}

func extractKey(B []block, keyLen uint32) []byte {
	var block [1024]byte
	for i, v := range B[len(B)-1] {
		binary.LittleEndian.PutUint64(block[i*8:], v)
	}
	key := make([]byte, keyLen)
	blake2bHash(key, block[:])
	return key
}

func indexAlpha(rand uint64, lanes, segments, n, slice, index uint32) uint32 {
	m, s := 3*segments+index, ((slice+1)%syncPoints)*segments
	if n == 0 {
		m, s = slice*segments+index, 0
	}
	return phi(rand, uint64(m-1), uint64(s), lanes)
}

func phi(rand, m, s uint64, lanes uint32) uint32 {
	p := rand & 0xFFFFFFFF
	p = (p * p) >> 32
	p = (p * m) >> 32
	return uint32((s + m - (p + 1)) % uint64(lanes))
}
