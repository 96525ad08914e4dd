package dev.weir.cli;

import dev.weir.engine.memory.HostMemory;
import dev.weir.engine.memory.JvmShares;
import dev.weir.engine.memory.UsedMemory;
import dev.weir.flink.memory.MemoryBudgets;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * What the process and its container have in use, beside what they may have. Bytes; what the kernel does not say is 0, and
 * then nothing is ever used up.
 *
 * @param isSized whether keys say how large the process is; else it may have what its host has
 */
record MemoryInUse(JvmShares shares, HostMemory host, boolean isSized, HostMemory.Files files) {
    /** Of a container, so that the kernel has no reason to kill anybody while we say why. */
    private static final long RESERVE_MIN = 12L << 20;

    private static final long RESERVE_FRACTION = 50;
    private static final double SCARCE = 0.8;

    /** @param given as the user has it, without what was derived from it */
    static MemoryInUse of(JvmShares shares, HostMemory host, Configuration given) {
        return new MemoryInUse(shares, host, !MemoryBudgets.isProfile(given), MemoryCommand::text);
    }

    /** The budget of all memory that is used up, or nearly, null where none is. */
    OutOfMemory.@Nullable Budget usedUp() {
        if (host.isContainer() && containerBytes() > host.bytes() - reserve(host.bytes())) {
            return OutOfMemory.Budget.CONTAINER;
        }
        return isSized && processBytes() > processMax() ? OutOfMemory.Budget.PROCESS : null;
    }

    /** Whether little is left, so that it should be looked at often. */
    boolean isScarce() {
        return containerBytes() > SCARCE * host.bytes() || (isSized && processBytes() > SCARCE * processMax());
    }

    private static long reserve(long bytes) {
        return Math.max(RESERVE_MIN, bytes / RESERVE_FRACTION);
    }

    /** With the heap that the JVM has, if somebody has given it a larger one than was derived. */
    long processMax() {
        return shares.processBytes() + Math.max(0, Runtime.getRuntime().maxMemory() - shares.heapBytes());
    }

    long processBytes() {
        return UsedMemory.ofProcess(files);
    }

    /** All processes of the container. */
    long containerBytes() {
        Path group = host.group();
        return group == null ? 0 : UsedMemory.ofGroup(files, group);
    }

    static long heapBytes() {
        return memory().getHeapMemoryUsage().getCommitted();
    }

    /** Metaspace and compiled code. */
    static long classBytes() {
        return memory().getNonHeapMemoryUsage().getCommitted();
    }

    private static MemoryMXBean memory() {
        return ManagementFactory.getMemoryMXBean();
    }

    /** What neither Java's heap, its classes nor its buffers have: RocksDB, threads, the collector, the program's own libraries. */
    long nativeBytes() {
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return Math.max(0, processBytes() - heapBytes() - classBytes() - direct);
    }

    /** The budgets that are for it: managed memory and the JVM's overhead. */
    long nativeMax() {
        return shares.taskManager().managed().bytes()
                + shares.taskManager().process().overhead().bytes();
    }
}
