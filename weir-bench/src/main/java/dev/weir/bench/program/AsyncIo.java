package dev.weir.bench.program;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.ResultFuture;

/** Asks a service that answers at once, in any order: what remains is what an engine does around an asynchronous call. */
public final class AsyncIo implements Program {
    private static final int CAPACITY = 100;
    private static final Executor AT_ONCE = Runnable::run;

    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                AsyncDataStream.unorderedWait(
                        env.fromSequence(0, input.records() - 1).map(new Questions()),
                        new Service(),
                        10,
                        TimeUnit.SECONDS,
                        CAPACITY),
                new Checks.Pair());
    }

    private static final class Questions extends Meter<Long, Tuple2<Long, Long>> {
        @Override
        protected Tuple2<Long, Long> make(Long i) {
            return Tuple2.of(i, 0L);
        }
    }

    private static final class Service implements AsyncFunction<Tuple2<Long, Long>, Tuple2<Long, Long>> {
        @Override
        public void asyncInvoke(Tuple2<Long, Long> question, ResultFuture<Tuple2<Long, Long>> answer) {
            CompletableFuture.supplyAsync(() -> Tuple2.of(question.f0, Hash.mix(question.f0)), AT_ONCE)
                    .thenAccept(found -> answer.complete(List.of(found)));
        }
    }
}
