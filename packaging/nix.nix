# boot.kernelPatches of NixOS, or kernelPatches of a kernel's override: import ./packaging/nix.nix { inherit lib; }
# Not tried with Nixpkgs; its syntax was, where nix-instantiate is installed.
{ lib }:
let
  options = file: lib.concatMapStrings
    (line: builtins.replaceStrings [ "CONFIG_" "=" ] [ "" " " ] line + "\n")
    (lib.filter (lib.hasPrefix "CONFIG_") (lib.splitString "\n" (builtins.readFile file)));
in
[
  { name = "onedma-@TOPIC@"; patch = ../squashed/@PATCH@; extraConfig = options ../config/@TOPIC@.config; }
]
