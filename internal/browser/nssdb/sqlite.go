package nssdb

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The parts of the SQLite 3 file format (https://sqlite.org/fileformat2.html) that a table without
// indexes needs. Pages have the largest size that the format allows, so that a row of certificates
// never overflows its page.
const (
	pageSize   = 65536
	headerSize = 100 // of the file, at the start of its first page

	leafPage     = 0x0d
	interiorPage = 0x05
	leafHeader   = 8
	innerHeader  = 12
)

// sqliteFile returns a database with one table. Values are nil, int or []byte; rows get the rowids
// 1, 2, 3 and so on.
func sqliteFile(table string, columns []string, rows [][]any) ([]byte, error) {
	leaves, err := packLeaves(rows)
	if err != nil {
		return nil, err
	}
	// Page 1 holds the schema, page 2 is the root of the table. A table of one leaf is its own root.
	pages := [][]byte{leaves[0].page}
	if len(leaves) > 1 {
		pages = [][]byte{nil}
		for _, leaf := range leaves {
			pages = append(pages, leaf.page)
		}
		if pages[0], err = interior(leaves); err != nil {
			return nil, err
		}
	}
	definition := fmt.Sprintf("CREATE TABLE %s (%s)", table, strings.Join(columns, ", "))
	schema, err := leaf([][]byte{cell(1, []any{"table", table, table, 2, definition})}, headerSize)
	if err != nil {
		return nil, err
	}
	copy(schema, fileHeader(1+len(pages)))
	file := schema
	for _, page := range pages {
		file = append(file, page...)
	}
	return file, nil
}

type packed struct {
	page []byte
	last int // the greatest rowid on the page
}

// packLeaves lays the rows on as few leaf pages as they need, at least one.
func packLeaves(rows [][]any) ([]packed, error) {
	var (
		leaves []packed
		cells  [][]byte
		room   = pageSize - leafHeader
	)
	flush := func(last int) error {
		page, err := leaf(cells, 0)
		leaves, cells, room = append(leaves, packed{page, last}), nil, pageSize-leafHeader
		return err
	}
	for i, values := range rows {
		c := cell(i+1, values)
		if len(c)+2 > room {
			if err := flush(i); err != nil {
				return nil, err
			}
		}
		cells, room = append(cells, c), room-len(c)-2
	}
	return leaves, flush(len(rows))
}

// leaf returns a leaf page of a table b-tree. The first page of a file leaves room for its header.
func leaf(cells [][]byte, offset int) ([]byte, error) {
	page := make([]byte, pageSize)
	page[offset] = leafPage
	return page, fill(page, offset, leafHeader, cells)
}

// interior returns the root of a table of several leaves, which stand on the pages from 3 on.
func interior(leaves []packed) ([]byte, error) {
	page := make([]byte, pageSize)
	page[0] = interiorPage
	last := len(leaves) - 1
	binary.BigEndian.PutUint32(page[8:], uint32(3+last))
	var cells [][]byte
	for i, l := range leaves[:last] {
		c := binary.BigEndian.AppendUint32(nil, uint32(3+i))
		cells = append(cells, appendVarint(c, uint64(l.last)))
	}
	return page, fill(page, 0, innerHeader, cells)
}

// fill lays cells from the end of the page downwards, and pointers to them after the page header.
func fill(page []byte, offset, header int, cells [][]byte) error {
	end := len(page)
	for i, c := range cells {
		end -= len(c)
		pointer := offset + header + 2*i
		if end < pointer+2 {
			return fmt.Errorf("%d bytes of certificate do not fit on a page of %d bytes", len(c), len(page))
		}
		copy(page[end:], c)
		binary.BigEndian.PutUint16(page[pointer:], uint16(end))
	}
	binary.BigEndian.PutUint16(page[offset+3:], uint16(len(cells)))
	binary.BigEndian.PutUint16(page[offset+5:], uint16(end)) // 0 stands for 65536
	return nil
}

// cell returns a row as a table leaf cell: payload size, rowid, record.
func cell(rowid int, values []any) []byte {
	var types, body []byte
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			types = appendVarint(types, 0)
		case int:
			types = appendVarint(types, 4) // 32 bits
			body = binary.BigEndian.AppendUint32(body, uint32(v))
		case []byte:
			types = appendVarint(types, uint64(12+2*len(v)))
			body = append(body, v...)
		case string:
			types = appendVarint(types, uint64(13+2*len(v)))
			body = append(body, v...)
		}
	}
	// The size of the record header counts itself.
	size := len(types) + 1
	if size > 0x7f {
		size++
	}
	record := append(append(appendVarint(nil, uint64(size)), types...), body...)
	out := appendVarint(nil, uint64(len(record)))
	out = appendVarint(out, uint64(rowid))
	return append(out, record...)
}

// appendVarint appends a variable-length integer: seven bits a byte, the most significant first.
func appendVarint(b []byte, v uint64) []byte {
	groups := []byte{byte(v & 0x7f)}
	for v >>= 7; v > 0; v >>= 7 {
		groups = append(groups, byte(v&0x7f)|0x80)
	}
	for i := len(groups) - 1; i >= 0; i-- {
		b = append(b, groups[i])
	}
	return b
}

func fileHeader(pages int) []byte {
	h := make([]byte, headerSize)
	copy(h, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(h[16:], 1) // page size 65536
	h[18], h[19] = 1, 1                   // rollback journal
	h[21], h[22], h[23] = 64, 32, 32      // payload fractions, fixed by the format
	binary.BigEndian.PutUint32(h[24:], 1) // change counter
	binary.BigEndian.PutUint32(h[28:], uint32(pages))
	binary.BigEndian.PutUint32(h[40:], 1) // schema cookie
	binary.BigEndian.PutUint32(h[44:], 4) // schema format
	binary.BigEndian.PutUint32(h[56:], 1) // UTF-8
	binary.BigEndian.PutUint32(h[92:], 1) // version-valid-for, the change counter
	binary.BigEndian.PutUint32(h[96:], 3040001)
	return h
}
