package dev.weir.it.harness;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;

/**
 * One way to run a program.
 *
 * @param natively whether operators that have a native twin run on it; Flink knows no such thing
 */
public record Mode(int parallelism, boolean objectReuse, boolean natively) {

    /** Every mode of a runtime. */
    public static List<Mode> product(Host host) {
        List<Mode> modes = new ArrayList<>();
        for (int parallelism = 1; parallelism <= 3; parallelism++) {
            for (int choice = 0; choice < 4; choice++) {
                Mode mode = of(parallelism, choice);
                if (mode.natively || host.hasTwins()) {
                    modes.add(mode);
                }
            }
        }
        return modes;
    }

    /**
     * Three modes for the n-th program: each parallelism, object reuse off and on, native and hosted. Four neighbours have
     * every mode between them.
     */
    public static List<Mode> pairwise(int program) {
        return List.of(of(1, program), of(2, program + 1), of(3, program + 2));
    }

    private static Mode of(int parallelism, int choice) {
        return new Mode(parallelism, (choice & 1) != 0, (choice & 2) == 0);
    }

    void configure(Configuration configuration) {
        configuration.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
        configuration.set(PipelineOptions.OBJECT_REUSE, objectReuse);
        configuration.setString("weir.native", String.valueOf(natively));
    }

    @Override
    public String toString() {
        return "parallelism " + parallelism + (objectReuse ? ", object reuse" : "") + (natively ? "" : ", hosted");
    }
}
