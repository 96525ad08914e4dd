package dev.weir.bench.limit;

import dev.weir.bench.input.Stream;
import dev.weir.bench.measure.Answer;
import dev.weir.bench.measure.Lap;
import dev.weir.bench.measure.Marks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Two threads that generate, exchange and consume block by block. Each waits for the other's block, so neither is ever more
 * than one ahead and two batches for each direction are enough.
 */
public final class TwoThreads implements Limit {
    private static final int THREADS = 2;
    private static final int UNTIMED_BLOCK_MAX = 1 << 12;
    private static final int UNTIMED_BLOCKS_MIN = 8; // so that a quarter falls between two

    private final Function<Stream, Half> half;
    private final boolean timed;

    private TwoThreads(Function<Stream, Half> half, boolean timed) {
        this.half = half;
        this.timed = timed;
    }

    /** Of halves that do not know event time. */
    static Limit untimed(Function<Stream, Half> half) {
        return new TwoThreads(half, false);
    }

    /** Of halves in event time: a block is what comes between two watermarks. */
    static Limit timed(Function<Stream, Half> half) {
        return new TwoThreads(half, true);
    }

    @Override
    public Answer run(Stream input) throws InterruptedException {
        Handover[] toThread = {new Handover(), new Handover()};
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Answer>> parts = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int me = i;
                Lap lap = Marks.ofRun().enter();
                parts.add(threads.submit(() -> run(input, me, lap, toThread)));
            }
            return parts.get(0).get().plus(parts.get(1).get());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a thread of the limit failed", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private int block(Stream input) {
        return timed
                ? (int) (Stream.TICK_MILLIS << input.recordsPerMilliLog2())
                : (int) Math.min(UNTIMED_BLOCK_MAX, Math.max(1, input.share() / UNTIMED_BLOCKS_MIN));
    }

    private Answer run(Stream input, int me, Lap lap, Handover[] toThread) {
        Half work = half.apply(input);
        int other = 1 - me;
        Batch[] mine = new Batch[2]; // by owner, for the block at hand
        Batch own = new Batch();
        Batch[] outgoing = {new Batch(), new Batch()};
        long share = input.share();
        int block = block(input);
        int turn = 0;
        for (long from = 0; from < share; from += block) {
            long end = Math.min(share, from + block);
            lap.pass((int) (end - from) * input.shares() / THREADS);
            own.clear();
            outgoing[turn].clear();
            mine[me] = own;
            mine[other] = outgoing[turn];
            work.generate(me * share + from, me * share + end, mine);
            toThread[other].put(outgoing[turn]);
            Batch received = toThread[me].take();
            work.consume(me == 0 ? own : received, me == 0 ? received : own);
            if (timed && end < share) {
                work.advance(end >>> input.recordsPerMilliLog2());
            }
            turn = 1 - turn;
        }
        if (timed) {
            work.advance(Long.MAX_VALUE);
        }
        Marks.ofRun().leave();
        return new Answer(work.results(), work.checksum());
    }
}
