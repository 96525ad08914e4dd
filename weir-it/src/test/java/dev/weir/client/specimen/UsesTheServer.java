package dev.weir.client.specimen;

import dev.weir.server.specimen.Page;

/** Breaks a law on purpose: a client with a class of weir-server. */
public record UsesTheServer(Page page) {}
