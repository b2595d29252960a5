// SPDX-License-Identifier: GPL-3.0-or-later
// Holds nothing: a target needs a source to have a precompiled header.
