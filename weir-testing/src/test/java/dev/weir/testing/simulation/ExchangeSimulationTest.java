package dev.weir.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.TaskContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ExchangeSimulationTest {
    private static final int SEEDS = 200;

    @Test
    void everyElementArrivesOnceAndInOrderWhateverTheInterleaving() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation simulation = Simulation.of(new Random(seed), seed);
            try {
                simulation.simulator().run();
                simulation.traced().assertComplete();
            } catch (Throwable t) {
                throw new AssertionError("seed=" + seed, t);
            }
        }
    }

    @Test
    void aCancellationAtAnyMomentClosesEveryTaskOnce() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Simulation simulation = Simulation.of(random, seed);
            DataflowSimulator simulator = simulation.simulator();
            simulator.schedule(random.nextInt(200_000), simulator::cancel);
            try {
                simulator.run();
                simulation.traced().assertClosed();
            } catch (Throwable t) {
                throw new AssertionError("seed=" + seed, t);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() throws Exception {
        List<Long> ends = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            Simulation simulation = Simulation.of(new Random(7), 7);
            simulation.simulator().run();
            ends.add(simulation.simulator().nowNanos());
        }
        assertThat(ends.get(0)).isPositive().isEqualTo(ends.get(1));
    }

    @Test
    void aSourceThatIsNeverWokenStandsStill() {
        Dataflow dataflow = new Dataflow(
                "forgotten", List.of(new Vertex("source", 1, 128, List.of(true), s -> new Quiet())), List.of());
        DataflowSimulator simulator = new DataflowSimulator(dataflow, SimulationOptions.PLAIN, 3);

        assertThatThrownBy(simulator::run)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("stands still, seed=3")
                .hasMessageContaining("source (1/1)#0 IDLE");
    }

    @Test
    void aFullChannelStopsItsProducerOnlyBetweenCalls() throws Exception {
        List<Object> got = new ArrayList<>();
        Quiet burst = new Quiet() {
            @Override
            public Progress pull(int input, int recordsMax) {
                EdgeWriter out = context.outputs().get(0);
                for (int i = 0; i < 10; i++) {
                    out.emit(0, (Object) i, EdgeWriter.NO_TIMESTAMP);
                }
                assertThat(out.isAvailable()).isFalse();
                assertThat(context.shouldYield()).isTrue();
                return Progress.END;
            }
        };
        Quiet sink = new Quiet() {
            @Override
            public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
                got.add(batch.values()[from]);
                return from + 1;
            }
        };
        Dataflow dataflow = new Dataflow(
                "burst",
                List.of(
                        new Vertex("source", 1, 128, List.of(true), s -> burst),
                        new Vertex("sink", 1, 128, List.of(false), s -> sink)),
                List.of(new Edge(0, 1, 0, Wiring.POINTWISE, 100, true)));

        new DataflowSimulator(dataflow, SimulationOptions.HOSTILE, 1).run();

        assertThat(got).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    private record Simulation(TracedDataflow traced, DataflowSimulator simulator) {
        static Simulation of(Random random, long seed) {
            AtomicReference<DataflowSimulator> simulator = new AtomicReference<>();
            TracedDataflow traced = TracedDataflow.random(
                    random, 60, action -> simulator.get().schedule(random.nextInt(5_000_000), action));
            int slots = 1 + random.nextInt(4);
            ChannelLimits limits = new ChannelLimits(1 + random.nextInt(3), slots, slots + random.nextInt(40));
            SimulationOptions options = random.nextInt(3) == 0
                    ? SimulationOptions.HOSTILE
                    : new SimulationOptions(limits, Networks.hostile(random), random.nextInt(20), random.nextInt(20));
            simulator.set(new DataflowSimulator(traced.dataflow(), options, seed));
            return new Simulation(traced, simulator.get());
        }
    }

    /** Does nothing; as a source it is idle for ever. */
    private static class Quiet implements Processor {
        TaskContext context;

        @Override
        public void open(TaskContext taskContext) {
            context = taskContext;
        }

        @Override
        public boolean runMails() {
            return false;
        }

        @Override
        public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
            return to;
        }

        @Override
        public void onControl(int input, int channel, Control control) {}

        @Override
        public void onEndOfInput(int input) {}

        @Override
        public Progress pull(int input, int recordsMax) {
            return Progress.IDLE;
        }

        @Override
        public void finish(boolean drain) {}

        @Override
        public void close() {}
    }
}
