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
	server  md5simd.Server
	jobs    chan *laneJob // to be done
	done    chan *laneJob
	idle    []*laneJob
	busy    int // jobs not taken back yet
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
	// laneFrom is the size from which on a file is worth the way to a lane.
	laneFrom = 8 << 10
	// laneQueue is how many files wait for a lane, are in one, or done.
	laneQueue = 2 * md5simd.Lanes
)

// newLanes starts the lanes, which stop must end.
func newLanes() *lanes {
	l := &lanes{server: md5simd.NewServer(), jobs: make(chan *laneJob, laneQueue), done: make(chan *laneJob, laneQueue)}
	for range laneQueue {
		l.idle = append(l.idle, new(laneJob))
	}
	for range md5simd.Lanes {
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

// add sums data, which lies in a batch, and gives the sum to set before wait
// returns, or earlier.
func (l *lanes) add(b *batch, data []byte, place int, set func(*laneJob)) {
	for len(l.idle) == 0 {
		l.take(set)
	}
	j := l.idle[len(l.idle)-1]
	l.idle = l.idle[:len(l.idle)-1]
	j.batch, j.data, j.place = b, data, place
	l.busy++
	b.hold()
	l.jobs <- j
}

// take waits for one file.
func (l *lanes) take(set func(*laneJob)) {
	j := <-l.done
	l.busy--
	set(j)
	j.batch, j.data = nil, nil
	l.idle = append(l.idle, j)
}

// wait waits for all files.
func (l *lanes) wait(set func(*laneJob)) {
	for l.busy > 0 {
		l.take(set)
	}
}

// stop ends the goroutines.
func (l *lanes) stop() {
	close(l.jobs)
	l.workers.Wait()
	l.server.Close()
}
