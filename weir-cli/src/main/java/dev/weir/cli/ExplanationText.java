package dev.weir.cli;

import dev.weir.flink.plan.Explanation;
import java.io.PrintStream;

/** Prints how a job would run, a line for each operator. */
final class ExplanationText {
    private ExplanationText() {}

    static void print(Explanation explanation, PrintStream out) {
        out.println("job '" + explanation.job() + "'");
        for (Explanation.Vertex vertex : explanation.vertices()) {
            out.println();
            out.println(vertex.name() + ", parallelism " + vertex.parallelism());
            for (Explanation.Operator operator : vertex.operators()) {
                out.println("  " + (operator.verdict().isNative() ? "native" : "hosted") + "  " + operator.name() + ": "
                        + operator.verdict().reason());
            }
            for (Explanation.Edge edge : vertex.edges()) {
                out.println("  -> " + edge.partitioning() + " to " + edge.target());
            }
        }
    }
}
