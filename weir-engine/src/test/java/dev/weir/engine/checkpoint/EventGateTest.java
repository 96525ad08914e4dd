package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventGateTest {
    private final EventGate gate = new EventGate();
    private final List<String> delivered = new ArrayList<>();

    private void send(String event) {
        gate.send(() -> delivered.add(event));
    }

    @Test
    void whatIsSentBetweenTheSnapshotAndTheBarrierComesBehindIt() {
        gate.announce(1);
        send("a");
        gate.close(1);
        send("b");
        assertThat(delivered).containsExactly("a");
        gate.open(1);
        send("c");
        assertThat(delivered).containsExactly("a", "b", "c");
    }

    @Test
    void whatWaitsForALaterCheckpointWaitsForTheEarlierToo() {
        gate.announce(1);
        gate.close(1);
        gate.announce(2);
        send("a");
        gate.close(2);
        send("b");
        gate.open(2);
        assertThat(delivered).isEmpty();
        gate.open(1);
        assertThat(delivered).containsExactly("a", "b");
    }

    @Test
    void aCheckpointThatWasGivenUpClosesNothing() {
        gate.announce(1);
        gate.open(1);
        gate.close(1);
        send("a");
        assertThat(delivered).containsExactly("a");
    }

    @Test
    void anAttemptThatHasEndedIsToldEverything() {
        gate.announce(1);
        gate.close(1);
        send("a");
        gate.openAll();
        send("b");
        assertThat(delivered).containsExactly("a", "b");
    }
}
