package dev.weir.flink.twin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.streaming.api.functions.async.CollectionSupplier;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

/** The first answer counts, whether it comes before or after the call is handed over. */
class AsyncCallTest {
    private final List<String> handled = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final AsyncCall call =
            new AsyncCall(failure -> failures.add(failure.getMessage()), new StreamRecord<>("question", 7));

    private final ResultFuture<Object> handler = new ResultFuture<>() {
        @Override
        public void complete(Collection<Object> results) {
            handled.add("results " + results);
        }

        @Override
        public void completeExceptionally(Throwable error) {
            handled.add("error " + error.getMessage());
        }

        @Override
        public void complete(CollectionSupplier<Object> supplier) {
            try {
                handled.add("supplied " + supplier.get());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    };

    @Test
    void resultsOfBeforeAreKept() {
        assertThat(call.results()).isNull();
        call.complete(List.of("a"));
        call.complete(List.of("b"));
        call.complete(() -> List.of("c"));
        call.completeExceptionally(new IllegalStateException("d"));
        assertThat(call.results()).isEqualTo(List.of("a"));
        assertThat(failures).isEmpty();
    }

    @Test
    void resultsThatComeWhileItIsHandedOverGoOn() {
        call.complete(List.of("a"));
        call.handOver(handler);
        call.complete(List.of("b"));
        assertThat(handled).containsExactly("results [a]");
    }

    @Test
    void aSupplierIsForTheHandler() {
        call.complete(() -> List.of("a"));
        assertThat(call.results()).isNull();
        call.handOver(handler);
        call.complete(() -> List.of("b"));
        assertThat(handled).containsExactly("supplied [a]");
    }

    @Test
    void noResultsAreForTheHandlerToRefuse() {
        call.complete((Collection<Object>) null);
        assertThat(call.results()).isNull();
        call.handOver(handler);
        assertThat(handled).containsExactly("supplied null");
    }

    @Test
    void onceHandedOverTheHandlerHearsAll() {
        call.handOver(handler);
        call.complete(List.of("a"));
        call.complete(() -> List.of("b"));
        call.completeExceptionally(new IllegalStateException("c"));
        assertThat(handled).containsExactly("results [a]", "supplied [b]", "error c");
        assertThat(call.results()).isNull();
    }

    @Test
    void anErrorFailsTheTaskAndLeavesNothingToEmit() {
        call.completeExceptionally(new IllegalStateException("no"));
        assertThat(failures).containsExactly("Could not complete the stream element: Record @ 7 : question.");
        assertThat(call.results()).isEmpty();
    }
}
