package ahead

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"sort"
	"sync/atomic"
)

// The file begins with a head: the magic, the edition's number, the length of a signature,
// the name of what all have in common, and a CRC of these. A record has the delivery's key,
// the sum of all that enters its signature, what was made of that, and a CRC of these. The
// records are of one length and in the order of their keys. Numbers are big-endian.
const (
	magic    = "vesper ahead 1\n\x00"
	headSize = len(magic) + 4 + 4 + 32 + 4
	sumSize  = 32
	keySize  = 8
	crcSize  = 4
	// perBlock is how many records are read at once.
	perBlock = 64
	// kept is how many blocks are kept.
	kept = 16
	// mostMade bounds the length of a signature: two RSA keys of 4096 bits.
	mostMade = 1200
)

var table = crc32.MakeTable(crc32.Castagnoli)

// File is the file of one edition. One goroutine at a time may add to it, and any number
// may look.
type File struct {
	file   *os.File
	path   string
	record int
	count  atomic.Int64
	last   atomic.Int64
	blocks [kept]atomic.Pointer[block]
	buffer []byte
	added  int64
}

// block is some records on end.
type block struct {
	records     []byte
	first, last int64
}

// recordSize is the length of a record whose signature has this one.
func recordSize(made int) int { return keySize + sumSize + made + crcSize }

// head gives the head of an edition's file.
func head(number uint32, made int, name [32]byte) []byte {
	b := append(make([]byte, 0, headSize), magic...)
	b = binary.BigEndian.AppendUint32(b, number)
	b = binary.BigEndian.AppendUint32(b, uint32(made))
	b = append(b, name[:]...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, table))
}

// open opens the file at path, if it is this edition's: its signatures have that length,
// and that name. Else the error is [fs.ErrNotExist].
func open(path string, number uint32, made int, name [32]byte, flag int) (*File, error) {
	if made <= 0 || made > mostMade {
		return nil, fmt.Errorf("signatures of %d octets can't be kept", made)
	}
	// Who else has written into a file that others may use is not known.
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, errors.Join(err, fs.ErrNotExist)
	}
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	f := &File{file: file, path: path, record: recordSize(made)}
	own := make([]byte, headSize)
	if _, err := io.ReadFull(file, own); err != nil || string(own) != string(head(number, made, name)) {
		return nil, errors.Join(fs.ErrNotExist, file.Close())
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.count.Store((info.Size() - int64(headSize)) / int64(f.record))
	return f, nil
}

// create makes the file anew.
func create(path string, number uint32, made int, name [32]byte) (*File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(head(number, made, name)); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return &File{file: file, path: path, record: recordSize(made)}, nil
}

// resume takes away what a process that died left at the end, and finds the last key.
func (f *File) resume() error {
	one := make([]byte, f.record)
	n := f.count.Load()
	for ; n > 0; n-- {
		if _, err := f.file.ReadAt(one, f.at(n-1)); err != nil {
			return err
		}
		if whole(one) {
			f.last.Store(keyOf(one))
			break
		}
	}
	f.count.Store(n)
	return f.file.Truncate(f.at(n))
}

// at is where a record begins.
func (f *File) at(i int64) int64 { return int64(headSize) + i*int64(f.record) }

func keyOf(record []byte) int64 { return int64(binary.BigEndian.Uint64(record)) }

// whole says whether a record is as it was written.
func whole(record []byte) bool {
	body := record[:len(record)-crcSize]
	return crc32.Checksum(body, table) == binary.BigEndian.Uint32(record[len(body):])
}

// Last is the last key that is in it; 0 if none is.
func (f *File) Last() int64 { return f.last.Load() }

// Add adds a record. Its key must be above the last one. It can be found after [File.Flush].
func (f *File) Add(key int64, sum [32]byte, made []byte) error {
	if key <= max(f.last.Load(), f.added) || len(made) != f.record-keySize-sumSize-crcSize {
		return fmt.Errorf("the signature for subscriber %d does not fit", key)
	}
	begins := len(f.buffer)
	f.buffer = binary.BigEndian.AppendUint64(f.buffer, uint64(key))
	f.buffer = append(append(f.buffer, sum[:]...), made...)
	f.buffer = binary.BigEndian.AppendUint32(f.buffer, crc32.Checksum(f.buffer[begins:], table))
	f.added = key
	return nil
}

// Flush writes what was added.
func (f *File) Flush() error {
	if len(f.buffer) == 0 {
		return nil
	}
	n := f.count.Load()
	if _, err := f.file.WriteAt(f.buffer, f.at(n)); err != nil {
		return err
	}
	f.count.Store(n + int64(len(f.buffer)/f.record))
	f.last.Store(f.added)
	f.buffer = f.buffer[:0]
	return nil
}

// Find gives what was made for a key, if the sum is the same; nil otherwise. It is not to be
// changed.
func (f *File) Find(key int64, sum [32]byte) []byte {
	b := f.blockOf(key)
	if b == nil {
		return nil
	}
	n := len(b.records) / f.record
	i := sort.Search(n, func(i int) bool { return keyOf(b.records[i*f.record:]) >= key })
	if i == n {
		return nil
	}
	one := b.records[i*f.record : (i+1)*f.record]
	if keyOf(one) != key || string(one[keySize:keySize+sumSize]) != string(sum[:]) || !whole(one) {
		return nil
	}
	return one[keySize+sumSize : len(one)-crcSize]
}

// blockOf gives the block that has a key, if it is there; nil for none.
func (f *File) blockOf(key int64) *block {
	for i := range f.blocks {
		if b := f.blocks[i].Load(); b != nil && b.first <= key && key <= b.last {
			return b
		}
	}
	n := f.count.Load()
	blocks := int((n + perBlock - 1) / perBlock)
	i := sort.Search(blocks, func(i int) bool {
		var first [keySize]byte
		_, err := f.file.ReadAt(first[:], f.at(int64(i)*perBlock))
		return err != nil || keyOf(first[:]) > key
	}) - 1
	if i < 0 {
		return nil
	}
	b := &block{records: make([]byte, int(min(perBlock, n-int64(i)*perBlock))*f.record)}
	if _, err := f.file.ReadAt(b.records, f.at(int64(i)*perBlock)); err != nil {
		return nil
	}
	b.first, b.last = keyOf(b.records), keyOf(b.records[len(b.records)-f.record:])
	if key < b.first || key > b.last {
		return nil
	}
	f.blocks[i%kept].Store(b)
	return b
}

// Close closes the file. It stays.
func (f *File) Close() error { return f.file.Close() }
