package dev.weir.it.harness;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** A named Flink program, as its {@code main} would be, that reports its results through the {@link Run} it is given. */
public record Program(String name, Set<Trait> traits, Body body) {

    /** What a program guarantees about its output, or needs from the harness. */
    public enum Trait {
        /** The lines come in one order, always. Without it they are compared as a multiset. */
        ORDERED,
        /** Flink's own answer depends on the parallelism, so there is one golden for each. */
        BY_PARALLELISM
    }

    /** The program's {@code main}. */
    @FunctionalInterface
    public interface Body {
        void run(Run run) throws Exception;
    }

    public static Program program(String name, Body body, Trait... traits) {
        Set<Trait> set = EnumSet.noneOf(Trait.class);
        set.addAll(Arrays.asList(traits));
        return new Program(name, set, body);
    }

    public boolean has(Trait trait) {
        return traits.contains(trait);
    }

    @Override
    public String toString() {
        return name;
    }
}
