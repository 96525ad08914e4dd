package dev.weir.it.interchange.job;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.ResultFuture;

/** Asynchronous calls, answered at once or by another thread; some, where they are held, by nobody. */
final class Calls implements AsyncFunction<Long, String> {
    private static final long serialVersionUID = 1L;

    private final boolean holds;

    Calls(boolean holds) {
        this.holds = holds;
    }

    @Override
    public void asyncInvoke(Long number, ResultFuture<String> result) {
        List<String> answer = List.of("call " + number);
        if (holds && number >= 600 && number % 10 == 3) {
            return;
        }
        if (number % 2 == 0) {
            result.complete(answer);
        } else {
            var unused = CompletableFuture.runAsync(() -> result.complete(answer));
        }
    }
}
