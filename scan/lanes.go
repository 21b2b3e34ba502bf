package scan

import (
	"sync"

	md5simd "github.com/minio/md5-simd"
)

// lanes takes the MD5 of several files at once: each step of that algorithm
// waits for the one before it, so that one file keeps a core's units waiting,
// and sixteen together take a third of the time or less. Where the processor
// cannot do that, each file is summed by itself.
//
// It is used by one goroutine.
type lanes struct {
	set     func(place int, sum []byte) // is told each sum
	server  md5simd.Server
	waiting []*laneJob    // for others, so that all lanes are filled
	batches int           // that these are in
	jobs    chan *laneJob // to be done
	done    chan *laneJob
	idle    []*laneJob
	busy    int // jobs not taken back yet, those that wait included
	workers sync.WaitGroup
}

// laneJob is one file.
type laneJob struct {
	batch *batch // that data is in
	data  []byte
	place int // among the sums
	sum   [md5simd.Size]byte
}

const (
	// laneCount is how many files md5simd takes at once where it can.
	laneCount = 16
	// laneFrom is the size from which on a file is worth the way to a lane.
	laneFrom = 8 << 10
	// laneGroup is how many files wait for each other, and laneBatches in how
	// many batches at most: while they wait, these are not free.
	laneGroup   = 2 * laneCount
	laneBatches = batches / 2
	// laneQueue is how many files there are at most, waiting, in a lane, or done.
	laneQueue = 2 * laneGroup
)

// newLanes starts the lanes, which stop must end.
func newLanes(set func(place int, sum []byte)) *lanes {
	l := &lanes{set: set, server: md5simd.NewServer(), jobs: make(chan *laneJob, laneQueue), done: make(chan *laneJob, laneQueue)}
	for range laneQueue {
		l.idle = append(l.idle, new(laneJob))
	}
	for range laneCount {
		l.workers.Go(l.run)
	}
	return l
}

func (l *lanes) run() {
	h := l.server.NewHash()
	defer h.Close()
	for j := range l.jobs {
		h.Reset()
		h.Write(j.data)
		h.Sum(j.sum[:0])
		j.batch.release()
		l.done <- j
	}
}

// add sums data, which lies in a batch. The place is given back with the sum
// before wait returns, or earlier.
func (l *lanes) add(b *batch, data []byte, place int) {
	for len(l.idle) == 0 {
		l.take()
	}
	j := l.idle[len(l.idle)-1]
	l.idle = l.idle[:len(l.idle)-1]
	j.batch, j.data, j.place = b, data, place
	l.busy++
	b.hold()
	if len(l.waiting) == 0 || l.waiting[len(l.waiting)-1].batch != b {
		l.batches++
	}
	if l.waiting = append(l.waiting, j); len(l.waiting) >= laneGroup {
		l.start()
	}
}

// next says that the batch at hand is through.
func (l *lanes) next() {
	if l.batches >= laneBatches {
		l.start()
	}
}

// start lets the files go that have waited for each other.
func (l *lanes) start() {
	for _, j := range l.waiting {
		l.jobs <- j
	}
	l.waiting, l.batches = l.waiting[:0], 0
}

// take waits for one file.
func (l *lanes) take() {
	j := <-l.done
	l.busy--
	l.set(j.place, j.sum[:])
	j.batch, j.data = nil, nil
	l.idle = append(l.idle, j)
}

// wait waits for all files.
func (l *lanes) wait() {
	l.start()
	for l.busy > 0 {
		l.take()
	}
}

// stop ends the goroutines.
func (l *lanes) stop() {
	close(l.jobs)
	l.workers.Wait()
	l.server.Close()
}
